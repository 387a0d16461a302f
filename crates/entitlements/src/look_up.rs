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

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, nth};

    use super::*;
    use crate::FeatureValue;
    use crate::model::{Service, Subscription};
    use crate::ports::{MockCatalogue, MockMeters, MockSubscriptions};
    use crate::testing::{sms_gateway, subscription};

    async fn look_up(
        name: &str,
        service: Option<Service>,
        subscription: Option<Subscription>,
    ) -> Result<Entitlement, Error> {
        let mut catalogue = MockCatalogue::new();
        catalogue.expect_service().returning(move |_| Ok(service.clone()));
        let mut subscriptions = MockSubscriptions::new();
        subscriptions
            .expect_newest()
            .withf(|organization, _| *organization == nth(60))
            .returning(move |_, _| Ok(subscription.clone()));
        let mut meters = MockMeters::new();
        meters
            .expect_used()
            .withf(|organization, _, wanted| *organization == nth(60) && *wanted == [("messages".to_owned(), NOON)])
            .returning(|_, _, _| Ok(vec![42]));
        let look_up =
            LookUp { catalogue: Arc::new(catalogue), subscriptions: Arc::new(subscriptions), meters: Arc::new(meters) };
        look_up.service(nth(60), name, NOON).await
    }

    #[tokio::test]
    async fn what_was_used_is_read_for_the_plans_meters() {
        let found = look_up("SMS_GATEWAY", Some(sms_gateway()), Some(subscription("free"))).await.unwrap();
        assert_eq!((found.plan.as_deref(), found.entitled), (Some("free"), true));
        assert!(matches!(found.features[0].value, FeatureValue::Meter { limit: 100, used: 42, .. }));
    }

    #[tokio::test]
    async fn without_a_subscription_nothing_is_entitled() {
        let found = look_up("SMS_GATEWAY", Some(sms_gateway()), None).await.unwrap();
        assert_eq!(found, Entitlement::none(sms_gateway().code));
    }

    #[tokio::test]
    async fn an_unknown_service_is_none() {
        for (name, service) in [("FAX_GATEWAY", None), ("sms gateway", Some(sms_gateway())), ("", None)] {
            assert!(matches!(look_up(name, service, None).await, Err(Error::ServiceNotFound)), "{name}");
        }
    }

    #[tokio::test]
    async fn a_plan_that_is_gone_is_a_defect() {
        let found = look_up("SMS_GATEWAY", Some(sms_gateway()), Some(subscription("gone"))).await;
        assert!(matches!(found, Err(Error::Fault(Fault::Failed(_)))));
    }
}
