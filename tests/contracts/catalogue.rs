use std::sync::Arc;

use entitlements::ports::Catalogue;
use entitlements::{
    Action, Change, Feature, FeatureKind, Plan, PlanInput, Service, ServiceCode, ServicePatch, SetPlan, UpdateService,
    catalogue,
};
use kernel::{Act, Store, UnitOfWork, Write};

use crate::support::rig::Rig;

/// The catalogue as it comes.
pub async fn install(rig: &Rig, act: &Act) {
    let services = catalogue::initial().into_iter().map(|service| {
        UnitOfWork::<Change>::of(act, &Action::ServiceInstalled(service.code.clone()))
            .change(Change::Service(Write::Add(service)))
    });
    rig.stores[0].commit(services.reduce(UnitOfWork::and).unwrap()).await.unwrap();
}

fn set_plan(rig: &Rig, i: usize) -> SetPlan {
    SetPlan { store: Arc::new(rig.stores[i].clone()), catalogue: rig.pools[i].clone() }
}

fn flag(key: &str) -> Feature {
    Feature { key: key.to_owned(), kind: FeatureKind::Boolean { value: true } }
}

fn plan(features: Vec<Feature>) -> PlanInput {
    PlanInput { name: "Gold".to_owned(), features, retired: false }
}

async fn sms_gateway(rig: &Rig) -> Service {
    let code = ServiceCode::parse("SMS_GATEWAY").unwrap();
    rig.pools[1].service(&code).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn catalogue_1_every_version_of_a_plan_is_kept() {
    let rig = Rig::new().await;
    let act = rig.act();
    install(&rig, &act).await;
    let set = set_plan(&rig, 0);
    for features in [vec![flag("a")], vec![flag("a"), flag("b")], vec![]] {
        set.run(&act, "SMS_GATEWAY", "gold", &plan(features)).await.unwrap();
    }
    let code = ServiceCode::parse("SMS_GATEWAY").unwrap();
    let told = |plans: Vec<Plan>| -> Vec<(i32, usize)> {
        plans.into_iter().map(|it| (it.version, it.features.len())).collect()
    };
    assert_eq!(told(rig.pools[1].plan_versions(&code, "gold").await.unwrap()), [(3, 0), (2, 2), (1, 1)]);
    assert_eq!(told(rig.pools[1].plan_versions(&code, "free").await.unwrap()), [(1, 1)]);
    assert_eq!(told(rig.pools[1].plan_versions(&code, "none").await.unwrap()), []);
    assert_eq!(sms_gateway(&rig).await.plan("gold").unwrap().version, 3, "the newest is the catalogue's");
}

/// Whoever is late decides again: no plan and no version gets lost, and none is given twice.
#[tokio::test(flavor = "multi_thread")]
async fn catalogue_1_changes_at_once_on_two_nodes_all_come_to_be() {
    let rig = Rig::new().await;
    let act = rig.act();
    install(&rig, &act).await;
    rig.race(12, |i, store| {
        let set = SetPlan { store: Arc::new(store), catalogue: rig.pools[i % 2].clone() };
        let act = rig.act();
        async move {
            let (key, feature) = (format!("plan-{}", i % 4), format!("f{i}"));
            set.run(&act, "SMS_GATEWAY", &key, &plan(vec![flag(&feature)])).await.unwrap();
        }
    })
    .await;
    let service = sms_gateway(&rig).await;
    assert_eq!(service.plans.len(), 7);
    assert!(service.plans[3..].iter().all(|it| it.version == 3), "{:?}", service.plans);
    assert_eq!(rig.count("plan_versions WHERE plan LIKE 'plan-%'").await, 12);
    let update = UpdateService { store: Arc::new(rig.stores[0].clone()), catalogue: rig.pools[0].clone() };
    let patch = ServicePatch { retired: Some(true), ..ServicePatch::default() };
    update.run(&act, "SMS_GATEWAY", &patch).await.unwrap();
    let retired = sms_gateway(&rig).await;
    assert_eq!((retired.retired_at, retired.plans), (Some(act.at), service.plans));
}
