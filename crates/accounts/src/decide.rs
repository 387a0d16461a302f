use entitlements::{Check, LookUp, Refusal};
use kernel::{Permission, Problems, Time};
use rbac::{Holder, Snapshot, Verdict};

use crate::{Entered, Error};

/// Whether somebody may do something: by their permissions, by what the organization has subscribed to, and by what is left
/// of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What they must be permitted.
    pub permission: Option<Permission>,
    /// Which service the organization must be entitled to.
    pub service: Option<String>,
    /// Which of its features.
    pub feature: Option<String>,
    /// How much of it; without it 1.
    pub quantity: Option<i64>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What says no, in the order permission, entitlement, quota; absent where nothing does.
    pub denied_by: Option<DeniedBy>,
    /// What the permissions say, where they were asked.
    pub permission: Option<Verdict>,
    /// What the entitlements say, where they were asked.
    pub entitlement: Option<Check>,
}

/// What says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeniedBy {
    /// The caller's permissions.
    Permission,
    /// The organization's subscription.
    Entitlement,
    /// What is left of the quota.
    Quota,
}

impl DeniedBy {
    /// As told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permission => "permission",
            Self::Entitlement => "entitlement",
            Self::Quota => "quota",
        }
    }
}

impl Decision {
    /// Why, in the words of whoever says no.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        match self.denied_by? {
            DeniedBy::Permission => self.permission.as_ref().map(|it| it.reason.as_str()),
            DeniedBy::Entitlement | DeniedBy::Quota => self.entitlement.as_ref()?.refusal.map(Refusal::as_str),
        }
    }

    /// When it could be otherwise by itself: the quota begins anew.
    #[must_use]
    pub fn resets_at(&self) -> Option<Time> {
        self.entitlement.as_ref()?.resets_at()
    }
}

/// Answers in one question; it changes nothing, and only consuming is exact.
pub async fn decide(
    look_up: &LookUp,
    entered: &Entered,
    holder: Holder<'_>,
    question: &Question,
) -> Result<Decision, Error> {
    check(question)?;
    let (organization, at) = (entered.organization, holder.at);
    let entitlement = match (&question.service, &question.feature) {
        (None, _) => None,
        (Some(service), None) => Some(look_up.service(organization, service, at).await?.allows_use()),
        (Some(service), Some(feature)) => {
            Some(look_up.check(organization, service, feature, question.quantity, at).await?)
        }
    };
    Ok(conclude(&entered.snapshot, holder, question.permission.as_ref(), entitlement))
}

fn conclude(
    snapshot: &Snapshot,
    holder: Holder<'_>,
    permission: Option<&Permission>,
    entitlement: Option<Check>,
) -> Decision {
    let permission = permission.map(|it| snapshot.check(holder, it));
    let denied_by = match (&permission, entitlement.as_ref().and_then(|it| it.refusal)) {
        (Some(verdict), _) if !verdict.allowed => Some(DeniedBy::Permission),
        (_, Some(Refusal::QuotaExceeded)) => Some(DeniedBy::Quota),
        (_, Some(Refusal::NotEntitled | Refusal::NoSuchFeature)) => Some(DeniedBy::Entitlement),
        (_, None) => None,
    };
    Decision { denied_by, permission, entitlement }
}

fn check(question: &Question) -> Result<(), entitlements::Error> {
    let mut problems = Problems::default();
    if question.permission.is_none() && question.service.is_none() {
        problems.add("permission", "Name a permission, a service, or both.");
    }
    if question.feature.is_some() && question.service.is_none() {
        problems.add("service", "The service field is needed where a feature is named.");
    }
    if question.quantity.is_some() && question.feature.is_none() {
        problems.add("feature", "The feature field is needed where a quantity is given.");
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.into()) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use entitlements::ports::{MockCatalogue, MockMeters};
    use entitlements::testing::{service_facts, sms_gateway, state};
    use kernel::RoleKey;
    use kernel::testing::{NOON, nth};
    use rbac::system::{AUDIT_EXPORT, ENTITLEMENTS_CONSUME};

    use super::*;
    use crate::testing::{facts, member};

    const MEMBER: u64 = 1;

    fn question() -> Question {
        Question {
            permission: Some(ENTITLEMENTS_CONSUME),
            service: Some("SMS_GATEWAY".into()),
            feature: Some("messages".into()),
            quantity: Some(10),
        }
    }

    /// Asked by a member of an organization that has used so much of its free plan, or subscribed to nothing.
    async fn ask(used: Option<i64>, question: Question) -> Result<Decision, Error> {
        let mut catalogue = MockCatalogue::new();
        catalogue.expect_service().returning(|_| Ok(Some(sms_gateway())));
        let mut meters = MockMeters::new();
        meters.expect_facts().returning(move |_, _, _| {
            let Some(used) = used else { return Ok(vec![]) };
            let mut facts = service_facts("free");
            facts.meters.push(("messages".to_owned(), state(used)));
            Ok(vec![facts])
        });
        let look_up = LookUp { catalogue: Arc::new(catalogue), meters: Arc::new(meters) };
        let snapshot = Arc::new(Snapshot::build(facts(vec![member(MEMBER, RoleKey::MEMBER)])));
        let entered = Entered { organization: nth(60), role: RoleKey::MEMBER, snapshot };
        decide(&look_up, &entered, Holder::at(nth(MEMBER), NOON), &question).await
    }

    async fn denied(used: Option<i64>, question: Question) -> Option<(DeniedBy, &'static str)> {
        let decision = ask(used, question).await.unwrap();
        decision.denied_by.map(|it| (it, decision.reason().unwrap()))
    }

    #[tokio::test]
    async fn nothing_says_no_where_all_three_say_yes() {
        let decision = ask(Some(90), question()).await.unwrap();
        assert_eq!((decision.denied_by, decision.reason()), (None, None));
        assert_eq!(decision.resets_at(), "2026-02-15T12:00:00Z".parse().ok());
    }

    #[tokio::test]
    async fn who_says_no_is_named_the_permission_first() {
        assert_eq!(denied(Some(91), question()).await, Some((DeniedBy::Quota, "quota_exceeded")));
        assert_eq!(denied(None, question()).await, Some((DeniedBy::Entitlement, "not_entitled")));
        let sso = Question { feature: Some("sso".into()), ..question() };
        assert_eq!(denied(Some(0), sso).await, Some((DeniedBy::Entitlement, "no_such_feature")));
        let export = Question { permission: Some(AUDIT_EXPORT), ..question() };
        assert_eq!(denied(Some(91), export).await, Some((DeniedBy::Permission, "not_granted")));
    }

    #[tokio::test]
    async fn parts_can_be_asked_alone() {
        let permission = Question { service: None, feature: None, quantity: None, ..question() };
        assert_eq!(denied(None, permission).await, None);
        let service = Question { permission: None, feature: None, quantity: None, ..question() };
        assert_eq!(denied(Some(100), service.clone()).await, None);
        assert_eq!(denied(None, service).await, Some((DeniedBy::Entitlement, "not_entitled")));
    }

    #[tokio::test]
    async fn a_question_must_be_one() {
        let nothing = Question { permission: None, service: None, feature: None, quantity: None };
        for (bad, field) in [
            (nothing.clone(), "permission"),
            (Question { feature: Some("messages".into()), permission: Some(AUDIT_EXPORT), ..nothing }, "service"),
            (Question { feature: None, ..question() }, "feature"),
            (Question { quantity: Some(0), ..question() }, "quantity"),
        ] {
            let Err(Error::Entitlements(entitlements::Error::Invalid(problems))) = ask(Some(0), bad).await else {
                panic!("{field}")
            };
            assert_eq!(problems.iter().map(|(name, _)| name).collect::<Vec<_>>(), [field]);
        }
    }
}
