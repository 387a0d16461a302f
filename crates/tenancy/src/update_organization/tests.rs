use kernel::testing::{Units, act, nth};
use kernel::{Change as _, CommitError, RoleKey, Scope};
use serde_json::json;

use super::*;
use crate::ports::MockOrganizations;
use crate::testing::acme;
use crate::world::{World, guard, place};

/// Acme is read as this, one after the other; the last stays.
async fn update(
    store: &Arc<Units<Change>>,
    states: Vec<Option<Organization>>,
    patch: OrganizationPatch,
) -> Result<(), Error> {
    update_in(&World::of(place(RoleKey::OWNER, 0)), store, states, patch).await
}

async fn update_in(
    world: &World,
    store: &Arc<Units<Change>>,
    mut states: Vec<Option<Organization>>,
    patch: OrganizationPatch,
) -> Result<(), Error> {
    let mut organizations = MockOrganizations::new();
    organizations
        .expect_find()
        .withf(|it| *it == OrganizationRef::Id(nth(60)))
        .returning(move |_| Ok(if states.len() > 1 { states.remove(0) } else { states[0].clone() }));
    let store = Arc::<Units<Change>>::clone(store);
    let (organizations, authority) = (Arc::new(organizations), world.authority());
    UpdateOrganization { store, organizations, authority }.run(&act(), nth(60), &patch).await
}

fn named(name: &str) -> OrganizationPatch {
    OrganizationPatch { name: Some(name.to_owned()), ..OrganizationPatch::default() }
}

fn demanding(require_mfa: bool) -> OrganizationPatch {
    OrganizationPatch { require_mfa: Some(require_mfa), ..OrganizationPatch::default() }
}

#[tokio::test]
async fn what_is_asked_for_changes_and_the_rest_stays() {
    for (patch, next, told) in [
        (
            named("  Acme Honey "),
            Organization { name: OrganizationName::parse("Acme Honey").unwrap(), ..acme(nth(60)) },
            ("name", json!("Acme"), json!("Acme Honey")),
        ),
        (
            demanding(true),
            Organization { require_mfa: true, ..acme(nth(60)) },
            ("require_mfa", json!(false), json!(true)),
        ),
    ] {
        let store = Arc::default();
        update(&store, vec![Some(acme(nth(60)))], patch).await.unwrap();
        let unit = store.only();
        let save = Change::Organization(Write::Save { expected: acme(nth(60)), next: next.clone() });
        assert_eq!(save.authorization().map(|(it, _)| it), Some(nth(60)), "the next request sees another snapshot");
        assert_eq!((&unit.changes, &unit.guards), (&vec![save], &vec![guard()]));
        let [entry] = unit.evidence.audit.as_slice() else { panic!("{unit:?}") };
        assert_eq!((entry.action, entry.scope), ("organization.updated", Scope::Organization(nth(60))));
        let public: Vec<_> = entry.public.iter().map(|it| (&*it.key, it.before.clone(), it.after.clone())).collect();
        assert_eq!(public, [told]);
        let [event] = unit.evidence.events.as_slice() else { panic!("{unit:?}") };
        assert_eq!((event.kind, event.scope), ("organization.updated", Scope::Organization(nth(60))));
        assert_eq!(event.data["organization"]["name"], json!(next.name.as_str()));
    }
}

#[tokio::test]
async fn what_is_so_already_is_not_written() {
    for patch in [OrganizationPatch::default(), named("Acme"), demanding(false)] {
        let store = Arc::default();
        update(&store, vec![Some(acme(nth(60)))], patch).await.unwrap();
        assert_eq!(store.all(), []);
    }
}

#[tokio::test]
async fn a_bad_name_and_an_organization_that_is_gone_change_nothing() {
    let store = Arc::default();
    let outcome = update(&store, vec![Some(acme(nth(60)))], named("\u{202e}")).await;
    assert!(matches!(outcome, Err(Error::Invalid(it)) if it.iter().map(|(field, _)| field).eq(["name"])));
    assert!(matches!(update(&store, vec![None], named("Other")).await, Err(Error::NotFound)));
    assert_eq!(store.all(), []);
}

#[tokio::test]
async fn who_may_not_any_more_changes_nothing() {
    let store = Arc::default();
    let world = World { denied: true, ..World::of(place(RoleKey::MEMBER, 1)) };
    let refused = update_in(&world, &store, vec![Some(acme(nth(60)))], named("Other")).await;
    assert!(matches!(refused, Err(Error::Beyond(it)) if it == "organization.update"));
    assert_eq!(store.all(), []);
}

#[tokio::test(start_paused = true)]
async fn of_two_at_once_neither_undoes_the_other() {
    let store = Arc::new(Units::failing([CommitError::Stale]));
    let meanwhile = Organization { require_mfa: true, version: 2, ..acme(nth(60)) };
    update(&store, vec![Some(acme(nth(60))), Some(meanwhile.clone())], named("Other")).await.unwrap();
    let name = OrganizationName::parse("Other").unwrap();
    let save =
        Change::Organization(Write::Save { next: Organization { name, ..meanwhile.clone() }, expected: meanwhile });
    assert_eq!(store.all()[1].changes, [save]);
}
