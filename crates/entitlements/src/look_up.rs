use std::sync::Arc;

use kernel::{Fault, OrganizationId, Time};

use crate::Error;
use crate::entitlement::Entitlement;
use crate::model::ServiceCode;
use crate::ports::{Catalogue, Meters, Subscriptions};

/// What an organization is entitled to.
pub struct LookUp {
    /// What there is.
    pub catalogue: Arc<dyn Catalogue>,
    /// Who has what.
    pub subscriptions: Arc<dyn Subscriptions>,
    /// What was used.
    pub meters: Arc<dyn Meters>,
}

impl LookUp {
    /// Of one service, at the moment `at`.
    pub async fn service(&self, organization: OrganizationId, service: &str, at: Time) -> Result<Entitlement, Error> {
        let code = ServiceCode::parse(service).ok_or(Error::ServiceNotFound)?;
        let service = self.catalogue.service(&code).await?.ok_or(Error::ServiceNotFound)?;
        let Some(subscription) = self.subscriptions.newest(organization, &code).await? else {
            return Ok(Entitlement::none(code));
        };
        let plan = service
            .plan(&subscription.plan)
            .ok_or_else(|| Fault::defect(format!("a subscription to {code} has an unknown plan")))?;
        let meters = Entitlement::meters(&subscription, plan, at);
        let used = self.meters.used(organization, &code, &meters).await?;
        Ok(Entitlement::of(&subscription, plan, &used, at))
    }
}
