//! What this domain needs of the world.

use async_trait::async_trait;
use kernel::{Act, Fault, OrganizationId, Time};

use crate::consume::{Consumption, ConsumptionOutcome};
use crate::model::{Service, ServiceCode, Subscription};

/// Reads the catalogue.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Catalogue: Send + Sync {
    /// All services with their plans, in the order they were installed.
    async fn services(&self) -> Result<Vec<Service>, Fault>;

    /// One.
    async fn service(&self, code: &ServiceCode) -> Result<Option<Service>, Fault>;
}

/// Reads subscriptions.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Subscriptions: Send + Sync {
    /// The organization's newest subscription to the service, whatever its status.
    async fn newest(&self, organization: OrganizationId, service: &ServiceCode) -> Result<Option<Subscription>, Fault>;
}

/// Counts.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Meters: Send + Sync {
    /// What was used of each of these meters in the window that starts then; nothing consumed is 0. In the order asked.
    async fn used(
        &self,
        organization: OrganizationId,
        service: &ServiceCode,
        wanted: &[(String, Time)],
    ) -> Result<Vec<i64>, Fault>;

    /// METER-1 MUST never let what was accepted in one window pass a hard limit, under any concurrency, on any number of nodes.
    /// METER-2 MUST count one key once per window, and answer `Repeated` with what was answered then, to the same quantity;
    /// `KeyReused` to another. Only acceptances are remembered.
    /// METER-3 MUST answer `Stale` when the subscription's version has moved on.
    /// METER-4 MUST write `entitlements::witness_consumption` of the outcome in the same transaction.
    async fn consume(&self, act: &Act, consumption: Consumption) -> Result<ConsumptionOutcome, Fault>;
}
