//! What this domain needs of the world.

use async_trait::async_trait;
use kernel::{EventId, Fault, OrganizationId, Time, WebhookId};
use serde_json::Value;
use uuid::Uuid;

use crate::model::{EndpointUrl, SigningSecret};

/// From events to deliveries.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Relay: Send + Sync {
    /// RELAY-1 MUST make exactly one delivery of each waiting event for every enabled endpoint that wants it and was there when it
    /// happened, of the event's organization, or of every organization its user is an active member of; on any number of nodes. Answers how many
    /// events were relayed, at most `most`.
    async fn relay(&self, at: Time, most: u16) -> Result<usize, Fault>;
}

/// The deliveries that wait.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Deliveries: Send + Sync {
    /// DELIVERY-1 MUST hand a delivery to one claimer at a time, until `lease_until`, on any number of nodes; an unsettled
    /// one comes again after that.
    /// DELIVERY-3 MUST hand out none of the `busy` organizations: one with slow receivers must not hold up the others.
    async fn claim(&self, at: Time, lease_until: Time, most: u16, busy: &[OrganizationId]) -> Result<Vec<Due>, Fault>;

    /// DELIVERY-2 MUST keep it until it is delivered or given up.
    async fn settle(&self, delivery: Uuid, at: Time, outcome: Settled) -> Result<(), Fault>;
}

/// A delivery to try.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// Its id.
    pub delivery: Uuid,
    /// To which endpoint.
    pub webhook: WebhookId,
    /// Where to.
    pub url: EndpointUrl,
    /// What to sign with.
    pub secret: SigningSecret,
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
    /// How often it was tried before.
    pub tries: u32,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It was taken.
    Delivered {
        /// The receiver's answer.
        status: u16,
    },
    /// It was not; again then.
    Retry {
        /// When.
        at: Time,
        /// The receiver's answer, if there was one.
        status: Option<u16>,
        /// What was wrong, without anything of the network's inside.
        error: String,
    },
    /// It was not, and that was the last try.
    GivenUp {
        /// The receiver's answer, if there was one.
        status: Option<u16>,
        /// What was wrong.
        error: String,
    },
}

/// The way out.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Sender: Send + Sync {
    /// Whether this may become a target. SENDER-3 MUST answer false where any address the name has now is private, unless
    /// the operator allows it. A name without an address may get one, and is looked at again then.
    async fn admits(&self, url: &EndpointUrl) -> bool;

    /// SENDER-1 MUST connect to no private address unless the operator allows it, whatever the name resolves to.
    /// SENDER-2 MUST follow no redirect and end within 15 seconds. Answers the status.
    async fn post(&self, url: &EndpointUrl, headers: &[(&'static str, String)], body: String)
    -> Result<u16, SendError>;
}

/// Why nothing was answered; the same words for all that could map the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Refused, unreachable, broken off or too slow.
    #[error("no answer")]
    NoAnswer,
}
