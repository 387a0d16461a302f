use std::sync::Mutex;

use kernel::testing::{Units, act, nth};
use kernel::{CommitError, Fault, MockFileStore, MockPictures, Picture, PictureError, PictureKind, RoleKey, Scope};
use serde_json::json;

use super::*;
use crate::ports::MockOrganizations;
use crate::testing::acme;
use crate::world::{World, guard, place};

/// What became of files, in order.
type Trace = Arc<Mutex<Vec<String>>>;

/// The logo there was before.
fn old() -> FileName {
    FileName::parse("logos/00000000-0000-0000-0000-00000000aaaa.jpg").unwrap()
}

fn new() -> FileName {
    FileName::fresh(&act(), "logos", "png")
}

fn files(trace: &Trace) -> MockFileStore {
    let mut files = MockFileStore::new();
    let put = Arc::clone(trace);
    files.expect_put().withf(|_, bytes| *bytes == [7]).returning(move |name, _| {
        put.lock().unwrap().push(format!("put {name}"));
        Ok(())
    });
    let removed = Arc::clone(trace);
    files.expect_remove().returning(move |name| {
        removed.lock().unwrap().push(format!("remove {name}"));
        Ok(())
    });
    files
}

/// Acme is read as these, one after the other; the last stays.
async fn set(store: &Arc<Units<Change>>, files: MockFileStore, states: Vec<Option<Organization>>) -> Result<(), Error> {
    set_in(&World::of(place(RoleKey::OWNER, 0)), store, files, states).await
}

async fn set_in(
    world: &World,
    store: &Arc<Units<Change>>,
    files: MockFileStore,
    mut states: Vec<Option<Organization>>,
) -> Result<(), Error> {
    let mut organizations = MockOrganizations::new();
    organizations
        .expect_find()
        .withf(|it| *it == OrganizationRef::Id(nth(60)))
        .returning(move |_| Ok(if states.len() > 1 { states.remove(0) } else { states[0].clone() }));
    let mut pictures = MockPictures::new();
    pictures
        .expect_redraw()
        .withf(|_, upload| *upload == [1, 2])
        .returning(|_, _| Ok(Picture { kind: PictureKind::Png, bytes: vec![7] }));
    let set = SetLogo {
        store: Arc::<Units<Change>>::clone(store),
        organizations: Arc::new(organizations),
        authority: world.authority(),
        gallery: Gallery { pictures: Arc::new(pictures), files: Arc::new(files) },
    };
    set.run(&act(), nth(60), vec![1, 2]).await
}

#[tokio::test]
async fn a_first_logo_is_kept_and_then_named() {
    let (store, trace) = (Arc::default(), Trace::default());
    set(&store, files(&trace), vec![Some(acme(nth(60)))]).await.unwrap();
    assert_eq!(*trace.lock().unwrap(), [format!("put {}", new())]);
    let unit = store.only();
    assert_eq!(unit.guards, [guard()]);
    let next = Organization { logo: Some(new()), ..acme(nth(60)) };
    assert_eq!(unit.changes, [Change::Organization(Write::Save { expected: acme(nth(60)), next })]);
    let [entry] = unit.evidence.audit.as_slice() else { panic!("{unit:?}") };
    assert_eq!((entry.action, entry.scope), ("organization.updated", Scope::Organization(nth(60))));
    let public: Vec<_> = entry.public.iter().map(|it| (&*it.key, it.before.clone(), it.after.clone())).collect();
    assert_eq!(public, [("logo", json!(null), json!(new().as_str()))]);
    let [event] = unit.evidence.events.as_slice() else { panic!("{unit:?}") };
    assert_eq!(event.kind, "organization.updated");
}

#[tokio::test]
async fn who_may_not_any_more_sets_none() {
    let (store, trace) = (Arc::default(), Trace::default());
    let world = World { denied: true, ..World::of(place(RoleKey::MEMBER, 1)) };
    let refused = set_in(&world, &store, files(&trace), vec![Some(acme(nth(60)))]).await;
    assert!(matches!(refused, Err(Error::Beyond(it)) if it == "organization.update"));
    assert_eq!(store.all(), []);
    assert_eq!(*trace.lock().unwrap(), [format!("put {}", new()), format!("remove {}", new())]);
}

#[tokio::test(start_paused = true)]
async fn of_two_at_once_the_later_removes_the_earlier() {
    let store = Arc::new(Units::failing([CommitError::Stale]));
    let trace = Trace::default();
    let meanwhile = Organization { logo: Some(old()), version: 2, ..acme(nth(60)) };
    set(&store, files(&trace), vec![Some(acme(nth(60))), Some(meanwhile.clone())]).await.unwrap();
    assert_eq!(*trace.lock().unwrap(), [format!("put {}", new()), format!("remove {}", old())]);
    let next = Organization { logo: Some(new()), ..meanwhile.clone() };
    assert_eq!(store.all()[1].changes, [Change::Organization(Write::Save { expected: meanwhile, next })]);
}

#[tokio::test]
async fn what_was_not_committed_is_not_kept_unless_it_may_have_been() {
    let trace = Trace::default();
    assert!(matches!(set(&Arc::default(), files(&trace), vec![None]).await, Err(Error::NotFound)));
    assert_eq!(*trace.lock().unwrap(), [format!("put {}", new()), format!("remove {}", new())]);

    let trace = Trace::default();
    let store = Arc::new(Units::failing([Fault::Unavailable("no answer".into()).into()]));
    let outcome = set(&store, files(&trace), vec![Some(acme(nth(60)))]).await;
    assert!(matches!(outcome, Err(Error::Fault(Fault::Unavailable(_)))), "{outcome:?}");
    assert_eq!(*trace.lock().unwrap(), [format!("put {}", new())]);
}

#[tokio::test]
async fn nothing_is_named_that_is_not_kept() {
    let store = Arc::default();
    let mut full = MockFileStore::new();
    full.expect_put().returning(|_, _| Err(Fault::Unavailable("full".into())));
    set(&store, full, vec![Some(acme(nth(60)))]).await.unwrap_err();
    assert_eq!(store.all(), []);
}

#[tokio::test]
async fn that_a_picture_was_refused_is_written_down() {
    type Refuse = fn() -> PictureError;
    let cases: [(Refuse, Option<&str>); 4] = [
        (|| PictureError::NotAPicture, Some("not_a_picture")),
        (|| PictureError::TooLarge, Some("picture_too_large")),
        (|| PictureError::Broken, Some("picture_broken")),
        (|| PictureError::Fault(Fault::Contended), None),
    ];
    for (error, reason) in cases {
        let store: Arc<Units<Change>> = Arc::default();
        let mut pictures = MockPictures::new();
        pictures.expect_redraw().returning(move |_, _| Err(error()));
        let set = SetLogo {
            store: Arc::<Units<Change>>::clone(&store),
            organizations: Arc::new(MockOrganizations::new()),
            authority: World::of(place(RoleKey::OWNER, 0)).authority(),
            gallery: Gallery { pictures: Arc::new(pictures), files: Arc::new(MockFileStore::new()) },
        };
        set.run(&act(), nth(60), vec![1, 2]).await.unwrap_err();
        let entries = store.all().into_iter().flat_map(|it| it.evidence.audit);
        let told: Vec<_> = entries.map(|it| (it.action, it.scope, it.outcome)).collect();
        let expected = reason.map(|reason| {
            ("organization.logo_refused", Scope::Organization(nth(60)), kernel::Outcome::Refused(reason))
        });
        assert_eq!(told, Vec::from_iter(expected));
    }
}
