use kernel::{Detail, OrganizationId, Recorded, Time, WebhookId};

use super::{EndpointUrl, SigningSecret};

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
}

/// Where an organization wants its events sent.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// What its deliveries are signed with; sealed at rest.
    pub secret: SigningSecret,
    /// Whether it is sent anything.
    pub status: EndpointStatus,
    /// When it was made.
    pub created_at: Time,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl Recorded for Endpoint {
    fn record(&self) -> Vec<Detail> {
        vec![
            Detail::public("url", self.url.as_str()),
            Detail::public("event_types", self.event_types.clone()),
            Detail::public("description", self.description.clone()),
            Detail::public("status", self.status.as_str()),
        ]
    }
}
