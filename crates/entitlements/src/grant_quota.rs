use std::sync::Arc;

use kernel::{Act, Decided, OrganizationId, Problems, Store, Time, UnitOfWork, Write, carry_out};

use crate::consume::MOST;
use crate::model::{QuotaGrant, ServiceCode};
use crate::ports::Catalogue;
use crate::{Action, Change, Error, Happening};

/// Lets an organization use more of a meter than its plan allows: by a platform administrator.
pub struct GrantQuota {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// What there is.
    pub catalogue: Arc<dyn Catalogue>,
}

/// How much more, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaGrantInput {
    /// Of which meter.
    pub meter: String,
    /// How much: 1 to 10^12.
    pub amount: i64,
    /// The smaller, the earlier it is used: −1000 to 1000; 100 where nothing is said.
    pub priority: Option<i64>,
    /// Until when it can be used; absent where that never ends.
    pub expires_at: Option<Time>,
}

impl GrantQuota {
    /// Good at once, whatever the organization has subscribed to.
    pub async fn run(
        &self,
        act: &Act,
        organization: OrganizationId,
        service: &str,
        input: &QuotaGrantInput,
    ) -> Result<QuotaGrant, Error> {
        let code = ServiceCode::parse(service).ok_or(Error::ServiceNotFound)?;
        let priority = check(input, act.at)?;
        carry_out(self.store.as_ref(), act, || async {
            let service = self.catalogue.service(&code).await?.ok_or(Error::ServiceNotFound)?;
            if service.plans.iter().all(|plan| plan.quota(&input.meter).is_none()) {
                return Err(Problems::one("meter", "No plan of the service has such a meter.").into());
            }
            let grant = QuotaGrant {
                id: act.id(),
                organization,
                service: code.clone(),
                meter: input.meter.clone(),
                amount: input.amount,
                priority,
                expires_at: input.expires_at,
                created_at: act.at,
                version: 0,
            };
            let unit = UnitOfWork::of(act, &Action::QuotaGranted { organization, grant: grant.id })
                .change(Change::QuotaGrant(Write::Add(grant.clone())))
                .announce(&Happening::QuotaGranted(grant.clone()));
            Ok(Decided::Done(unit, grant))
        })
        .await
    }
}

fn check(input: &QuotaGrantInput, at: Time) -> Result<i16, Problems> {
    let mut problems = Problems::default();
    if !(1..=MOST).contains(&input.amount) {
        problems.add("amount", format!("The amount field must be a whole number from 1 to {MOST}."));
    }
    let priority = i16::try_from(input.priority.unwrap_or(100)).ok().filter(|it| (-1000..=1000).contains(it));
    let sentence = "The priority field must be a whole number from -1000 to 1000.";
    let priority = problems.check("priority", priority, sentence);
    if input.expires_at.is_some_and(|it| it <= at) {
        problems.add("expires_at", "The expires_at field must lie in the future.");
    }
    match priority {
        Some(priority) if problems.is_empty() => Ok(priority),
        _ => Err(problems),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kernel::Scope;
    use kernel::testing::{NOON, Units, act, nth};
    use serde_json::json;

    use super::*;
    use crate::ports::MockCatalogue;
    use crate::testing::sms_gateway;

    fn input() -> QuotaGrantInput {
        let expires_at = Some(NOON + TimeDelta::days(30));
        QuotaGrantInput { meter: "messages".into(), amount: 500, priority: None, expires_at }
    }

    async fn grant(store: &Arc<Units<Change>>, service: &str, input: QuotaGrantInput) -> Result<QuotaGrant, Error> {
        let mut catalogue = MockCatalogue::new();
        catalogue.expect_service().returning(|code| Ok(Some(sms_gateway()).filter(|it| it.code == *code)));
        let store: Arc<dyn Store<Change>> = Arc::<Units<Change>>::clone(store);
        GrantQuota { store, catalogue: Arc::new(catalogue) }.run(&act(), nth(60), service, &input).await
    }

    #[tokio::test]
    async fn it_is_added_recorded_and_announced() {
        let store = Arc::default();
        let granted = grant(&store, "SMS_GATEWAY", input()).await.unwrap();
        assert_eq!((granted.organization, granted.amount, granted.priority), (nth(60), 500, 100));
        let unit = store.only();
        assert_eq!(unit.changes, [Change::QuotaGrant(Write::Add(granted))]);
        let (entry, event) = (&unit.evidence.audit[0], &unit.evidence.events[0]);
        assert_eq!(
            (entry.action, entry.target.kind, entry.organization),
            ("entitlement.changed", "quota_grant", Some(nth(60)))
        );
        assert_eq!((event.kind, event.scope), ("entitlement.changed", Scope::Organization(nth(60))));
        let told = json!({
            "id": nth::<kernel::QuotaGrantId>(1), "service": "SMS_GATEWAY", "meter": "messages", "amount": 500,
            "priority": 100, "expires_at": "2026-02-14T12:00:00Z",
        });
        assert_eq!(event.data, json!({"change": "granted", "grant": told}));
    }

    #[tokio::test]
    async fn what_breaks_a_rule_is_named() {
        let cases = [
            (QuotaGrantInput { meter: "faxes".into(), ..input() }, "meter"),
            (QuotaGrantInput { amount: 0, ..input() }, "amount"),
            (QuotaGrantInput { amount: MOST + 1, ..input() }, "amount"),
            (QuotaGrantInput { priority: Some(1001), ..input() }, "priority"),
            (QuotaGrantInput { priority: Some(i64::MIN), ..input() }, "priority"),
            (QuotaGrantInput { expires_at: Some(NOON), ..input() }, "expires_at"),
        ];
        for (input, field) in cases {
            let store = Arc::default();
            let Err(Error::Invalid(problems)) = grant(&store, "SMS_GATEWAY", input).await else { panic!("{field}") };
            assert_eq!(problems.iter().map(|(field, _)| field).collect::<Vec<_>>(), [field]);
            assert_eq!(store.all(), []);
        }
        let least = QuotaGrantInput { amount: 1, priority: Some(-1000), expires_at: None, ..input() };
        assert_eq!(grant(&Arc::default(), "SMS_GATEWAY", least).await.unwrap().priority, -1000);
    }

    #[tokio::test]
    async fn an_unknown_service_has_no_grants() {
        for service in ["FAX_GATEWAY", "sms"] {
            assert!(matches!(grant(&Arc::default(), service, input()).await, Err(Error::ServiceNotFound)), "{service}");
        }
    }
}
