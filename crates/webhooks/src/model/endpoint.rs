use chrono::TimeDelta;
use kernel::{Detail, OrganizationId, Recorded, Time, WebhookId};

use super::{CustomHeaders, EndpointUrl, Filters, SigningSecret};

/// Whether an endpoint is sent anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointStatus {
    /// It is.
    Enabled,
    /// It is not.
    Disabled,
}

impl EndpointStatus {
    /// As stored and told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }

    /// `None` for what is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Enabled, Self::Disabled].into_iter().find(|it| it.as_str() == text)
    }
}

/// A secret that was replaced, and signs beside the new one for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetiredSecret {
    /// What it was.
    pub secret: SigningSecret,
    /// Until when it signs.
    pub until: Time,
}

/// Where an organization wants its events sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// Its id.
    pub id: WebhookId,
    /// Whose.
    pub organization: OrganizationId,
    /// Where to.
    pub url: EndpointUrl,
    /// Which events.
    pub event_types: Vec<String>,
    /// What its owners call it.
    pub description: Option<String>,
    /// Which of these events.
    pub filters: Filters,
    /// What its receiver wants to see besides; sealed at rest.
    pub headers: CustomHeaders,
    /// What its deliveries are signed with; sealed at rest.
    pub secret: SigningSecret,
    /// What they were signed with before, the newest first; sealed at rest.
    pub retired: Vec<RetiredSecret>,
    /// Whether it is sent anything.
    pub status: EndpointStatus,
    /// When it was made.
    pub created_at: Time,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl Endpoint {
    /// How many an organization may have: an event is told to all of them by one statement.
    pub const MOST: usize = 100;
    /// For how long a replaced secret signs beside the new one.
    pub const OVERLAP: TimeDelta = TimeDelta::hours(24);

    /// All that sign at this moment, the newest first.
    #[must_use]
    pub fn signing(&self, at: Time) -> Vec<SigningSecret> {
        let retired = self.retired.iter().filter(|it| at < it.until).map(|it| &it.secret);
        std::iter::once(&self.secret).chain(retired).cloned().collect()
    }
}

impl Recorded for Endpoint {
    fn record(&self) -> Vec<Detail> {
        vec![
            // A path may be a secret.
            Detail::public("host", self.url.host()),
            Detail::public("event_types", self.event_types.clone()),
            Detail::personal(None, "description", self.description.clone()),
            Detail::public("filters", self.filters.names()),
            Detail::public("headers", self.headers.names().collect::<Vec<_>>()),
            Detail::public("signature", self.secret.scheme().as_str()),
            Detail::public("status", self.status.as_str()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::NOON;

    use crate::testing::{endpoint, secret};

    use super::*;

    #[test]
    fn a_replaced_secret_signs_until_its_time_is_over() {
        let retired = |n, hours| RetiredSecret { secret: secret(n), until: NOON + TimeDelta::hours(hours) };
        let endpoint = Endpoint { secret: secret(1), retired: vec![retired(2, 5), retired(3, 1)], ..endpoint() };
        let signing = |hours| endpoint.signing(NOON + TimeDelta::hours(hours));
        assert_eq!(signing(0), [secret(1), secret(2), secret(3)]);
        assert_eq!(signing(1), [secret(1), secret(2)]);
        assert_eq!(signing(5), [secret(1)]);
    }
}
