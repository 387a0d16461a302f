use kernel::{DeliveryId, EventId, OrganizationId, Time, rfc3339};
use serde_json::{Value, json};

/// An event, as one organization is told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The event, and the `webhook-id`.
    pub event: EventId,
    /// Its type.
    pub kind: String,
    /// To whom it is told.
    pub organization: OrganizationId,
    /// When it happened.
    pub happened_at: Time,
    /// What happened.
    pub data: Value,
}

impl Message {
    /// What is sent, as text; the same at every try.
    #[must_use]
    pub fn body(&self) -> String {
        self.payload().to_string()
    }

    /// What is sent.
    #[must_use]
    pub fn payload(&self) -> Value {
        json!({
            "id": self.event,
            "type": self.kind,
            "timestamp": rfc3339(self.happened_at),
            "organization_id": self.organization,
            "data": self.data,
        })
    }
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// It is still tried.
    Pending,
    /// It was taken.
    Delivered,
    /// It was not, and is not tried any more.
    Failed,
}

impl DeliveryStatus {
    /// As told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// `None` for what is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Delivered, Self::Failed].into_iter().find(|it| it.as_str() == text)
    }
}

/// An event on its way to an endpoint, or there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// Which event, and the `webhook-id`.
    pub event: EventId,
    /// The event's type.
    pub kind: String,
    /// How it stands.
    pub status: DeliveryStatus,
    /// How often it was tried since it was last asked for.
    pub tries: u32,
    /// The receiver's last answer, if there was one.
    pub last_status: Option<u16>,
    /// What was wrong with the last try.
    pub last_error: Option<String>,
    /// When it was made.
    pub created_at: Time,
    /// When it is tried next, where it is still tried.
    pub next_try_at: Option<Time>,
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// When it began; its `webhook-timestamp`.
    pub at: Time,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// Where it went.
    pub url: String,
    /// The receiver's answer, if there was one.
    pub status: Option<u16>,
    /// What was wrong, without anything of the network's inside.
    pub error: Option<String>,
    /// How the answer began.
    pub response: Option<String>,
}

/// A delivery with all that can be told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryDetails {
    /// The delivery.
    pub delivery: Delivery,
    /// What is sent.
    pub message: Message,
    /// Every try, the first first.
    pub tries: Vec<Try>,
}

#[cfg(test)]
mod tests {
    use kernel::Id;
    use kernel::testing::{NOON, nth};

    use super::*;

    #[test]
    fn the_body_is_the_event_in_the_envelope_of_standard_webhooks() {
        let message = Message {
            event: nth(2),
            kind: "user.created".into(),
            organization: nth(60),
            happened_at: NOON,
            data: json!({"user": {"id": "u"}}),
        };
        assert_eq!(
            serde_json::from_str::<Value>(&message.body()).unwrap(),
            json!({
                "id": nth::<EventId>(2).uuid(),
                "type": "user.created",
                "timestamp": "2026-01-15T12:00:00Z",
                "organization_id": nth::<OrganizationId>(60).uuid(),
                "data": {"user": {"id": "u"}},
            })
        );
    }
}
