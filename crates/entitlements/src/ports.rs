//! What this domain needs of the world.

use async_trait::async_trait;
use kernel::{Fault, OrganizationId, Page, PageRequest, ReservationId, SubscriptionId, Time};

use crate::metering::{Answer, Order, ServiceFacts};
use crate::model::{Plan, Reservation, Service, ServiceCode, Subscription};
use crate::read_history::{Bucket, Granularity};

/// Reads the catalogue.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Catalogue: Send + Sync {
    /// All services with their plans, each in its newest version, in the order they were installed.
    async fn services(&self) -> Result<Vec<Service>, Fault>;

    /// One.
    async fn service(&self, code: &ServiceCode) -> Result<Option<Service>, Fault>;

    /// CATALOGUE-1 MUST answer every version a plan ever had, the newest first; nothing of an unknown one.
    async fn plan_versions(&self, code: &ServiceCode, plan: &str) -> Result<Vec<Plan>, Fault>;
}

/// Reads subscriptions.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Subscriptions: Send + Sync {
    /// The organization's newest subscription to the service, whatever its status.
    async fn newest(&self, organization: OrganizationId, service: &ServiceCode) -> Result<Option<Subscription>, Fault>;

    /// Anybody's with this id, whatever its status.
    async fn by_id(&self, id: SubscriptionId) -> Result<Option<Subscription>, Fault>;

    /// The organization's, whatever their status, the newest first. A cursor that is not one begins anew.
    async fn of(&self, organization: OrganizationId, page: PageRequest) -> Result<Page<Subscription>, Fault>;

    /// SUBSCRIPTIONS-1 MUST answer those to which something has happened by itself up to the moment `at` that is not written
    /// yet, the most overdue first, at most so many.
    async fn due(&self, at: Time, most: u8) -> Result<Vec<Subscription>, Fault>;
}

/// Counts. Whatever it decides it decides by [`crate::Meter`], on what is stored at that moment.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Meters: Send + Sync {
    /// METER-1 MUST never let what was accepted in one window pass a hard quota, under any concurrency, on any number of nodes.
    /// METER-2 MUST count one key once per window, and answer `Repeated` with what was answered then, to the same quantity;
    /// `KeyReused` to another. Only acceptances are remembered.
    /// METER-3 MUST decide by the subscription, the grants and the reservations as they stand in the same transaction.
    /// METER-4 MUST write what [`crate::Written`] says in one transaction, its evidence included, and answer only after that.
    /// METER-5 MUST deal with what arrives while a transaction on a meter is under way together in the next, in the order it
    /// arrived; a meter that nobody uses is dealt with at once, and one that is slow delays no other.
    async fn deal(&self, orders: Vec<Order>) -> Result<Vec<Answer>, Fault>;

    /// What is stored about the organization's services, or one of them, in the catalogue's order, and good at the moment
    /// `at`; nothing is locked.
    async fn facts(
        &self,
        organization: OrganizationId,
        service: Option<ServiceCode>,
        at: Time,
    ) -> Result<Vec<ServiceFacts>, Fault>;

    /// One of the organization's reservations.
    async fn reservation(&self, organization: OrganizationId, id: ReservationId) -> Result<Option<Reservation>, Fault>;

    /// What was used of a service's meters in each bucket, oldest first, from the bucket that holds `from` until `to`.
    async fn history(
        &self,
        organization: OrganizationId,
        service: &ServiceCode,
        from: Time,
        to: Time,
        granularity: Granularity,
    ) -> Result<Vec<Bucket>, Fault>;
}
