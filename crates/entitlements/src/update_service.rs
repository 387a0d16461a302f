use std::sync::Arc;

use kernel::{Act, Decided, Problems, Store, Time, UnitOfWork, Write, carry_out};

use crate::create_service::{check_description, check_name};
use crate::model::{Service, ServiceCode};
use crate::ports::Catalogue;
use crate::{Action, Change, Error};

/// Changes a service in the catalogue: by a platform administrator.
pub struct UpdateService {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// What there is.
    pub catalogue: Arc<dyn Catalogue>,
}

/// What is to be another; what is absent stays. A service's code never changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServicePatch {
    /// What people call it.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it can't be subscribed to any more. What was subscribed to goes on.
    pub retired: Option<bool>,
}

impl UpdateService {
    /// The service as it is then.
    pub async fn run(&self, act: &Act, code: &str, patch: &ServicePatch) -> Result<Service, Error> {
        let code = ServiceCode::parse(code).ok_or(Error::ServiceNotFound)?;
        let mut problems = Problems::default();
        let name = patch.name.as_deref().and_then(|it| check_name(&mut problems, it));
        let description = patch.description.as_deref().and_then(|it| check_description(&mut problems, it));
        if !problems.is_empty() {
            return Err(problems.into());
        }
        carry_out(self.store.as_ref(), act, || async {
            let service = self.catalogue.service(&code).await?.ok_or(Error::ServiceNotFound)?;
            let next = Service {
                name: name.clone().unwrap_or_else(|| service.name.clone()),
                description: description.clone().unwrap_or_else(|| service.description.clone()),
                retired_at: retired(service.retired_at, patch.retired, act.at),
                ..service.clone()
            };
            if next == service {
                return Ok(Decided::Nothing(service));
            }
            let unit = UnitOfWork::of(act, &Action::ServiceUpdated(code.clone()))
                .change(Change::Service(Write::Save { expected: service, next: next.clone() }));
            Ok(Decided::Done(unit, next))
        })
        .await
    }
}

/// Since when something is retired that was so, and is to be so.
pub(crate) fn retired(since: Option<Time>, wanted: Option<bool>, at: Time) -> Option<Time> {
    match wanted {
        None => since,
        Some(true) => since.or(Some(at)),
        Some(false) => None,
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, Units, act};

    use super::*;
    use crate::ports::MockCatalogue;
    use crate::testing::sms_gateway;

    async fn update(
        store: &Arc<Units<Change>>,
        service: Service,
        code: &str,
        patch: ServicePatch,
    ) -> Result<Service, Error> {
        let mut catalogue = MockCatalogue::new();
        catalogue.expect_service().returning(move |code| Ok(Some(service.clone()).filter(|it| it.code == *code)));
        let store: Arc<dyn Store<Change>> = Arc::<Units<Change>>::clone(store);
        UpdateService { store, catalogue: Arc::new(catalogue) }.run(&act(), code, &patch).await
    }

    #[tokio::test]
    async fn what_is_said_changes_and_what_is_not_stays() {
        let store = Arc::default();
        let patch = ServicePatch { name: Some("Texts".into()), ..ServicePatch::default() };
        let updated = update(&store, sms_gateway(), "SMS_GATEWAY", patch).await.unwrap();
        assert_eq!(updated, Service { name: "Texts".into(), ..sms_gateway() });
        let unit = store.only();
        assert_eq!(unit.changes, [Change::Service(Write::Save { expected: sms_gateway(), next: updated })]);
        let told: Vec<_> = unit.evidence.audit[0].public.iter().map(|it| it.key.as_ref()).collect();
        assert_eq!((unit.evidence.audit[0].action, told), ("service.updated", vec!["name"]));
    }

    #[tokio::test]
    async fn it_is_retired_once_and_may_come_back() {
        let retire = |retired| ServicePatch { retired: Some(retired), ..ServicePatch::default() };
        let long_since = Some(NOON - chrono::TimeDelta::days(9));
        let old = Service { retired_at: long_since, ..sms_gateway() };
        for (service, wanted, expected) in [
            (sms_gateway(), true, Some(NOON)),
            (old.clone(), true, long_since),
            (old, false, None),
            (sms_gateway(), false, None),
        ] {
            let store = Arc::default();
            let is_same = service.retired_at == expected;
            let updated = update(&store, service, "SMS_GATEWAY", retire(wanted)).await.unwrap();
            assert_eq!(updated.retired_at, expected);
            assert_eq!(store.all().is_empty(), is_same);
        }
    }

    #[tokio::test]
    async fn an_unknown_one_and_a_bad_name_are_refused() {
        let store = Arc::default();
        for code in ["FAX_GATEWAY", "sms"] {
            let answer = update(&store, sms_gateway(), code, ServicePatch::default()).await;
            assert!(matches!(answer, Err(Error::ServiceNotFound)), "{code}");
        }
        let patch = ServicePatch { name: Some(String::new()), ..ServicePatch::default() };
        assert!(matches!(update(&store, sms_gateway(), "SMS_GATEWAY", patch).await, Err(Error::Invalid(_))));
        assert_eq!(store.all(), []);
    }
}
