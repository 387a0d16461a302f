use std::sync::Arc;

use kernel::{OrganizationId, Problems, Time};

use crate::entitlement::Entitlement;
use crate::model::ServiceCode;
use crate::ports::{Catalogue, Meters};
use crate::{Check, Error};

/// What an organization is entitled to.
pub struct LookUp {
    /// What there is.
    pub catalogue: Arc<dyn Catalogue>,
    /// What was subscribed to, and used.
    pub meters: Arc<dyn Meters>,
}

impl LookUp {
    /// Of every service it has a subscription to, or had, at the moment `at`.
    pub async fn all(&self, organization: OrganizationId, at: Time) -> Result<Vec<Entitlement>, Error> {
        let facts = self.meters.facts(organization, None, at).await?;
        Ok(facts.into_iter().map(|it| Entitlement::of(it, at)).collect())
    }

    /// Of one service, at the moment `at`.
    pub async fn service(&self, organization: OrganizationId, service: &str, at: Time) -> Result<Entitlement, Error> {
        let code = ServiceCode::parse(service).ok_or(Error::ServiceNotFound)?;
        if let Some(facts) = self.meters.facts(organization, Some(code.clone()), at).await?.pop() {
            return Ok(Entitlement::of(facts, at));
        }
        self.catalogue.service(&code).await?.ok_or(Error::ServiceNotFound)?;
        Ok(Entitlement::none(code))
    }

    /// Whether so much of a service's feature may be used at the moment `at`: at least 1, and 1 where nothing is said.
    pub async fn check(
        &self,
        organization: OrganizationId,
        service: &str,
        feature: &str,
        quantity: Option<i64>,
        at: Time,
    ) -> Result<Check, Error> {
        let quantity = quantity.unwrap_or(1);
        if quantity < 1 {
            let sentence = "The quantity field must be a whole number of at least 1.";
            return Err(Problems::one("quantity", sentence).into());
        }
        Ok(self.service(organization, service, at).await?.check(feature, quantity))
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, nth};

    use super::*;
    use crate::FeatureValue;
    use crate::metering::ServiceFacts;
    use crate::model::Service;
    use crate::ports::{MockCatalogue, MockMeters};
    use crate::testing::{service_facts, sms_gateway, state};

    async fn look_up(name: &str, service: Option<Service>, facts: Option<ServiceFacts>) -> Result<Entitlement, Error> {
        let mut catalogue = MockCatalogue::new();
        catalogue.expect_service().returning(move |_| Ok(service.clone()));
        let mut meters = MockMeters::new();
        meters
            .expect_facts()
            .withf(|organization, _, at| (*organization, *at) == (nth(60), NOON))
            .returning(move |_, _, _| Ok(facts.clone().into_iter().collect()));
        LookUp { catalogue: Arc::new(catalogue), meters: Arc::new(meters) }.service(nth(60), name, NOON).await
    }

    #[tokio::test]
    async fn what_was_used_is_told_with_what_is_left() {
        let mut facts = service_facts("free");
        facts.meters.push(("messages".to_owned(), state(42)));
        let found = look_up("SMS_GATEWAY", Some(sms_gateway()), Some(facts)).await.unwrap();
        assert_eq!((found.plan.as_deref(), found.entitled), (Some("free"), true));
        let Some(FeatureValue::Meter { balance, .. }) = found.feature("messages") else { panic!("no meter") };
        assert_eq!((balance.used, balance.remaining, balance.limit), (42, 58, 100));
    }

    #[tokio::test]
    async fn a_check_is_about_one_or_more() {
        let mut meters = MockMeters::new();
        meters.expect_facts().returning(|_, _, _| {
            let mut facts = service_facts("free");
            facts.meters.push(("messages".to_owned(), state(100)));
            Ok(vec![facts])
        });
        let look_up = LookUp { catalogue: Arc::new(MockCatalogue::new()), meters: Arc::new(meters) };
        let check = async |quantity| look_up.check(nth(60), "SMS_GATEWAY", "messages", quantity, NOON).await;
        for none in [0, -1, i64::MIN] {
            let Err(Error::Invalid(problems)) = check(Some(none)).await else { panic!("{none}") };
            assert_eq!(problems.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["quantity"]);
        }
        assert_eq!(check(None).await.unwrap(), check(Some(1)).await.unwrap());
        assert!(!check(None).await.unwrap().allowed());
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
}
