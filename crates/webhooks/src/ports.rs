//! What this domain needs of the world.

use async_trait::async_trait;
use kernel::{DeliveryId, EmailAddress, Fault, OrganizationId, Page, PageRequest, Secret, Time, WebhookId};

use crate::model::{
    CustomHeaders, Delivery, DeliveryDetails, DeliveryStatus, Endpoint, EndpointUrl, Message, SigningSecret, Try,
};

/// Reads endpoints.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Endpoints: Send + Sync {
    /// The organization's endpoint with this id.
    async fn by_id(&self, organization: OrganizationId, id: WebhookId) -> Result<Option<Endpoint>, Fault>;

    /// The organization's endpoints, the newest first. A cursor that is not one begins anew. One that can't be read, its key
    /// being gone, is left out.
    async fn of(&self, organization: OrganizationId, page: PageRequest) -> Result<Page<Endpoint>, Fault>;

    /// How many the organization has. ENDPOINT-1 MUST never be more than [`Endpoint::MOST`]: adding one beyond is stale.
    async fn count(&self, organization: OrganizationId) -> Result<usize, Fault>;
}

/// Whom it concerns that an endpoint is sent nothing any more: another domain's knowledge, in this one's words.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Caretakers: Send + Sync {
    /// The organization's name, and who of its members may manage webhooks; `None` where it is gone.
    async fn of(&self, organization: OrganizationId, at: Time) -> Result<Option<(String, Vec<Caretaker>)>, Fault>;
}

/// Somebody who may manage webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caretaker {
    /// What they are called.
    pub username: String,
    /// Where they are reached.
    pub email: EmailAddress,
}

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
    /// DELIVERY-3 MUST hand out no more of an endpoint and an organization than they may have under way, and only what `wanted`
    /// says of failing ones; those take turns, and of the others who has the fewest under way comes first. Slow receivers must
    /// not hold up the others.
    /// DELIVERY-4 MUST hand out nothing of an endpoint that is disabled or gone, nor of a deleted organization but that it is.
    async fn claim(&self, at: Time, lease_until: Time, wanted: &Wanted) -> Result<Vec<Due>, Fault>;

    /// DELIVERY-2 MUST keep it until it is delivered or given up.
    /// DELIVERY-6 MUST leave one that was asked for again meanwhile as it was asked for, unless it is delivered: the try is
    /// written down, and moves nothing else.
    /// DELIVERY-5 MUST answer since when the endpoint is failing, if it is; it fails from a try that was not taken until one
    /// is, or it is changed. A pause between two tries that is longer than [`LONGEST_PAUSE`](crate::LONGEST_PAUSE)
    /// does not count: nobody tried.
    async fn settle(&self, due: &Due, tried: Try, then: Then) -> Result<Option<Time>, Fault>;
}

/// Which deliveries are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How many at most.
    pub most: u16,
    /// Of endpoints that took nothing at the last try, or of all others.
    pub failing: bool,
    /// How many of one endpoint at most, where it is none of those below.
    pub of_endpoint: u16,
    /// How many of one organization at most, with those under way.
    pub of_organization: u16,
    /// Endpoints that hold places, or just did.
    pub endpoints: Vec<Held>,
    /// How many are under way of each organization.
    pub organizations: Vec<(OrganizationId, u16)>,
}

/// What an endpoint holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which endpoint.
    pub webhook: WebhookId,
    /// How many are under way to it.
    pub under_way: u16,
    /// How many may be.
    pub places: u16,
}

/// A delivery to try.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// Its id.
    pub delivery: DeliveryId,
    /// To which endpoint.
    pub webhook: WebhookId,
    /// The endpoint's version: what is found out is true of it, and of no later one.
    pub version: i64,
    /// Where to.
    pub url: EndpointUrl,
    /// What the receiver wants to see besides.
    pub headers: CustomHeaders,
    /// What to sign with.
    pub secrets: Vec<SigningSecret>,
    /// What is told.
    pub message: Message,
    /// How often it was tried before.
    pub tries: u32,
    /// Until when it is the claimer's.
    pub lease: Time,
}

/// What becomes of a delivery after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It was taken.
    Delivered,
    /// It was not; again then.
    Again(Time),
    /// It was not, and that was the last try.
    GivenUp,
}

/// Reads what became of deliveries.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait DeliveryLog: Send + Sync {
    /// Those to the endpoint that stand so, or all, the newest first. A cursor that is not one begins anew.
    async fn of(
        &self,
        endpoint: &Endpoint,
        status: Option<DeliveryStatus>,
        page: PageRequest,
    ) -> Result<Page<Delivery>, Fault>;

    /// How many events a replay of the span would send it, counted up to `most`.
    async fn count(&self, endpoint: &Endpoint, from: Time, to: Time, most: u32) -> Result<u32, Fault>;

    /// The one to the endpoint with this id.
    async fn by_id(&self, endpoint: &Endpoint, id: DeliveryId) -> Result<Option<DeliveryDetails>, Fault>;
}

/// The way out.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Sender: Send + Sync {
    /// Whether this may become a target. SENDER-3 MUST answer false where any address the name has now is private, unless
    /// the operator allows it. A name without an address may get one, and is looked at again then.
    async fn admits(&self, url: &EndpointUrl) -> bool;

    /// SENDER-1 MUST connect to no private address unless the operator allows it, whatever the name resolves to.
    /// SENDER-2 MUST follow no redirect and end within 15 seconds, with what was answered by then read or nothing.
    /// SENDER-4 MUST read at most 64 KiB of an answer.
    async fn post(&self, url: &EndpointUrl, headers: &[(String, Secret)], body: String) -> Result<Answer, SendError>;
}

/// What a receiver answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `Retry-After`, as sent.
    pub retry_after: Option<String>,
    /// How the body began.
    pub body: Vec<u8>,
}

/// Why nothing was answered; the same words for all that could map the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Refused, unreachable, broken off or too slow.
    #[error("no answer")]
    NoAnswer,
}
