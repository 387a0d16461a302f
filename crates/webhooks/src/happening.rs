use kernel::Scope;
use serde_json::{Value, json};

use crate::Reason;
use crate::model::Endpoint;

/// What this domain announces.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// An endpoint is sent nothing any more.
    EndpointDisabled {
        /// Which.
        endpoint: Endpoint,
        /// Why.
        reason: Reason,
    },
    /// An endpoint is tried. Nobody asks for it by its type: it goes to this endpoint, and to no other.
    Test(Endpoint),
}

impl Happening {
    /// Every event type an endpoint may ask for.
    pub const ALL: &'static [&'static str] = &["webhook.disabled"];
}

impl kernel::Happening for Happening {
    fn code(&self) -> &'static str {
        match self {
            Self::EndpointDisabled { .. } => "webhook.disabled",
            Self::Test(_) => "webhook.test",
        }
    }

    fn scope(&self) -> Scope {
        let (Self::EndpointDisabled { endpoint, .. } | Self::Test(endpoint)) = self;
        Scope::Organization(endpoint.organization)
    }

    /// Without the address: there are receivers whose address is all their secret.
    fn data(&self) -> Value {
        let webhook = |it: &Endpoint| json!({"id": it.id, "description": it.description});
        match self {
            Self::EndpointDisabled { endpoint, reason } => {
                json!({"webhook": webhook(endpoint), "reason": reason.as_str()})
            }
            Self::Test(endpoint) => json!({"webhook": webhook(endpoint)}),
        }
    }
}
