use kernel::{DeliveryId, Detail, EventId, OrganizationId, Time, WebhookId, Write, rfc3339};

use crate::model::Endpoint;

/// What this domain changes.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a unit holds one, for a moment")]
pub enum Change {
    /// An endpoint.
    Endpoint(Write<Endpoint>),
    /// Deliveries. They have no version: workers move them on all the time, and what was asked for is asked for whatever they
    /// have made of it meanwhile.
    Deliver(Order),
}

/// What an endpoint is to be sent, beside what happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Whose.
    pub organization: OrganizationId,
    /// To which endpoint.
    pub webhook: WebhookId,
    /// From when on.
    pub at: Time,
    /// What.
    pub what: Ordered,
}

/// Which events.
#[derive(Clone, Debug, PartialEq)]
pub enum Ordered {
    /// This one, which is nobody else's.
    Test {
        /// The delivery it becomes.
        delivery: DeliveryId,
        /// The event, announced with it.
        event: EventId,
    },
    /// That of a delivery, from the first try on.
    Again(DeliveryId),
    /// All that it wants of those that happened in a span, delivered or not.
    Span {
        /// From this moment on.
        from: Time,
        /// Until before this one.
        to: Time,
    },
}

/// That it goes elsewhere at the same host; where, may be a secret.
fn path(write: &Write<Endpoint>) -> Option<Detail> {
    let Write::Save { expected, next } = write else { return None };
    (expected.url != next.url).then(|| Detail::public("url", "changed"))
}

impl kernel::Change for Change {
    fn diff(&self) -> Vec<Detail> {
        match self {
            Self::Endpoint(write) => write.diff().into_iter().chain(path(write)).collect(),
            Self::Deliver(order) => match &order.what {
                Ordered::Test { delivery, .. } | Ordered::Again(delivery) => {
                    vec![Detail::public("delivery", delivery.to_string())]
                }
                Ordered::Span { from, to } => {
                    vec![Detail::public("from", rfc3339(*from)), Detail::public("to", rfc3339(*to))]
                }
            },
        }
    }
}
