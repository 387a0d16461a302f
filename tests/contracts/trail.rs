use std::collections::BTreeSet;

use audit::Filter;
use audit::ports::Trail;
use chrono::{Months, TimeDelta};
use kernel::{Act, Actor, AuditId, PageRequest, Store};

use crate::support::rig::{Rig, uuid};

/// Pages of two, to the end: in order, and each entry once.
async fn outside(rig: &Rig, filter: &Filter) -> Vec<audit::Entry> {
    let mut told: Vec<audit::Entry> = Vec::new();
    let mut page = PageRequest { limit: 2, after: None };
    loop {
        let listed = rig.pools[0].outside(filter.clone(), page.clone()).await.unwrap();
        told.extend(listed.data);
        page.after = listed.next;
        if page.after.is_none() {
            break;
        }
    }
    assert!(told.is_sorted_by_key(|it| std::cmp::Reverse((it.at, uuid(it.id)))), "the newest first");
    assert_eq!(told.iter().map(|it| it.id).collect::<BTreeSet<AuditId>>().len(), told.len(), "each once");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn trail_1_what_is_no_organizations_is_told_whole_and_an_organizations_never() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let now = rig.act().at;
    // In months of their own and in the rest, some at one moment, some within an organization.
    for (n, at) in [now, now, now - Months::new(1), now - Months::new(50), now + Months::new(2)].into_iter().enumerate()
    {
        for within in [None, Some(acme)] {
            let act = Act {
                at,
                organization: within,
                actor: Actor::User { id: ada.id, session: rig.act().id() },
                ..rig.act()
            };
            let user = rig.new_user(&format!("u{n}{}", u8::from(within.is_some())));
            let (unit, _) = identity::rules::register(&act, user, &identity::Lifetimes::default());
            rig.stores[0].commit(unit).await.unwrap();
        }
    }
    let all = outside(&rig, &Filter::default()).await;
    assert!(all.iter().all(|it| it.organization.is_none()), "{all:?}");
    let expected = rig.count("audit_entries WHERE organization_id IS NULL").await;
    assert_eq!(i64::try_from(all.len()).unwrap(), expected);
    assert!(expected >= 6 && rig.count("audit_entries WHERE organization_id IS NOT NULL").await >= 6);

    let some = |it: String| Some(it);
    let (actor, action) = (some(ada.id.to_string()), some("user.created".to_owned()));
    let by_ada = outside(&rig, &Filter { actor: actor.clone(), action: action.clone(), ..Filter::default() }).await;
    assert_eq!(by_ada.len(), 5);
    let target = some(by_ada[0].target_id.clone());
    assert_eq!(outside(&rig, &Filter { target, ..Filter::default() }).await, by_ada[..1]);
    let (from, to) = (Some(now - Months::new(2)), Some(now - TimeDelta::days(1)));
    assert_eq!(outside(&rig, &Filter { actor, from, to, ..Filter::default() }).await.len(), 1);
    let nobody = Filter { actor: some("nobody".to_owned()), ..Filter::default() };
    assert_eq!(outside(&rig, &nobody).await, []);
    let elsewhere = Filter { action: some("organization.created".to_owned()), ..Filter::default() };
    assert_eq!(outside(&rig, &elsewhere).await, []);
}
