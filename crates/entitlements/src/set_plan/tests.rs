use kernel::testing::{NOON, Units, act};

use super::*;
use crate::Period;
use crate::model::{LimitKind, Quota};
use crate::ports::MockCatalogue;
use crate::testing::sms_gateway;

fn meter(limit: i64) -> Feature {
    let quota = Quota { limit, period: Period::Month, limit_kind: LimitKind::Hard, rollover: 0 };
    Feature { key: "messages".into(), kind: FeatureKind::Meter(quota) }
}

fn flag(key: &str) -> Feature {
    Feature { key: key.into(), kind: FeatureKind::Boolean { value: true } }
}

fn input(features: Vec<Feature>) -> PlanInput {
    PlanInput { name: "Gold".into(), features, retired: false }
}

async fn set(store: &Arc<Units<Change>>, service: Service, key: &str, input: &PlanInput) -> Result<Plan, Error> {
    let mut catalogue = MockCatalogue::new();
    catalogue.expect_service().returning(move |code| Ok(Some(service.clone()).filter(|it| it.code == *code)));
    let store: Arc<dyn Store<Change>> = Arc::<Units<Change>>::clone(store);
    SetPlan { store, catalogue: Arc::new(catalogue) }.run(&act(), "SMS_GATEWAY", key, input).await
}

/// What the only unit makes of the service.
fn saved(store: &Units<Change>) -> Service {
    let Change::Service(Write::Save { next, .. }) = store.only().changes.remove(0) else { panic!("no service") };
    next
}

#[tokio::test]
async fn a_new_plan_is_the_last_in_its_first_version() {
    let store = Arc::default();
    let plan = set(&store, sms_gateway(), "gold", &input(vec![meter(7), flag("sso")])).await.unwrap();
    assert_eq!((plan.key.as_str(), plan.name.as_str(), plan.version, plan.retired_at), ("gold", "Gold", 1, None));
    let keys: Vec<_> = saved(&store).plans.into_iter().map(|it| it.key).collect();
    assert_eq!(keys, ["free", "standard", "premium", "gold"]);
    let entry = store.only().evidence.audit.remove(0);
    assert_eq!((entry.action, entry.target.id.as_str()), ("plan.set", "SMS_GATEWAY/gold"));
}

#[tokio::test]
async fn other_features_are_another_version_and_another_name_is_not() {
    let store = Arc::default();
    let plan = set(&store, sms_gateway(), "free", &input(vec![meter(200)])).await.unwrap();
    assert_eq!((plan.version, plan.name.as_str()), (2, "Gold"));
    assert_eq!(saved(&store).plans[0], plan, "in its place");
    let store = Arc::default();
    let plan = set(&store, sms_gateway(), "free", &input(vec![meter(100)])).await.unwrap();
    assert_eq!((plan.version, saved(&store).plans[0].name.as_str()), (1, "Gold"));
    let store = Arc::default();
    let same = PlanInput { name: "Free".into(), ..input(vec![meter(100)]) };
    set(&store, sms_gateway(), "free", &same).await.unwrap();
    assert_eq!(store.all(), []);
}

#[tokio::test]
async fn a_plan_is_retired_and_comes_back() {
    let store = Arc::default();
    let retired = PlanInput { retired: true, ..input(vec![meter(100)]) };
    assert_eq!(set(&store, sms_gateway(), "free", &retired).await.unwrap().retired_at, Some(NOON));
    let mut old = sms_gateway();
    old.plans[0].retired_at = Some(NOON);
    let back = set(&Arc::default(), old, "free", &input(vec![meter(100)])).await.unwrap();
    assert_eq!((back.retired_at, back.version), (None, 1));
}

#[tokio::test]
async fn what_breaks_a_rule_is_named_where_it_stands() {
    let quota = |change: fn(&mut Quota)| {
        let mut quota = Quota { limit: 1, period: Period::Month, limit_kind: LimitKind::Hard, rollover: 0 };
        change(&mut quota);
        Feature { key: "messages".into(), kind: FeatureKind::Meter(quota) }
    };
    let value = |value: String| Feature { key: "region".into(), kind: FeatureKind::Value { value } };
    let of = |feature: Feature| input(vec![flag("sso"), feature]);
    let many = |n: u8| (0..n).map(|i| flag(&format!("f{i}"))).collect();
    let cases = [
        ("Gold", input(vec![]), "key"),
        (&"g".repeat(51), input(vec![]), "key"),
        ("gold", PlanInput { name: String::new(), ..input(vec![]) }, "name"),
        ("gold", input(many(51)), "features"),
        ("gold", of(flag("S-SO")), "features.1.key"),
        ("gold", of(flag("")), "features.1.key"),
        ("gold", of(flag("sso")), "features.1.key"),
        ("gold", of(flag("messages")), "features.1.kind"),
        ("gold", of(value("v".repeat(256))), "features.1.value"),
        ("gold", of(quota(|it| it.limit = -1)), "features.1.limit"),
        ("gold", of(quota(|it| it.limit = MOST + 1)), "features.1.limit"),
        ("gold", of(quota(|it| it.rollover = -1)), "features.1.rollover"),
        ("gold", of(quota(|it| (it.rollover, it.period) = (1, Period::Lifetime))), "features.1.rollover"),
    ];
    for (key, input, field) in cases {
        let store = Arc::default();
        let Err(Error::Invalid(problems)) = set(&store, sms_gateway(), key, &input).await else { panic!("{field}") };
        assert_eq!(problems.iter().map(|(field, _)| field).collect::<Vec<_>>(), [field], "{key} {input:?}");
        assert_eq!(store.all(), []);
    }
    assert!(set(&Arc::default(), sms_gateway(), "gold", &input(many(50))).await.is_ok());
}

#[tokio::test]
async fn a_feature_may_become_of_another_kind_where_no_other_plan_has_it() {
    let mut alone = sms_gateway();
    alone.plans.truncate(1);
    assert!(set(&Arc::default(), alone, "free", &input(vec![flag("messages")])).await.is_ok());
}

#[tokio::test]
async fn a_service_has_so_many_plans() {
    let mut full = sms_gateway();
    for i in full.plans.len()..SetPlan::MOST {
        full.plans.push(Plan { key: format!("plan-{i}"), ..full.plans[0].clone() });
    }
    let refused = set(&Arc::default(), full.clone(), "one-more", &input(vec![])).await;
    assert!(
        matches!(refused, Err(Error::Invalid(problems)) if problems == Problems::one("key", "A service has at most 50 plans."))
    );
    assert!(set(&Arc::default(), full, "plan-7", &input(vec![])).await.is_ok());
}

#[tokio::test]
async fn an_unknown_service_has_no_plans() {
    let mut catalogue = MockCatalogue::new();
    catalogue.expect_service().returning(|_| Ok(None));
    let set = SetPlan { store: Arc::new(Units::default()), catalogue: Arc::new(catalogue) };
    for service in ["FAX_GATEWAY", "fax"] {
        let answer = set.run(&act(), service, "gold", &input(vec![])).await;
        assert!(matches!(answer, Err(Error::ServiceNotFound)), "{service}");
    }
}
