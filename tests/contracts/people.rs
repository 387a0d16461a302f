use accounts::views::{People, PeopleFilter};
use chrono::TimeDelta;
use identity::ports::{Attempts, Guessed, Sighting, Sightings, Used};
use identity::{Lockout, UserStatus};
use kernel::{Cursor, Page, PageRequest};

use crate::support::rig::{Rig, uuid};

const LOCKOUT: Lockout = Lockout { threshold: 2, release_after: Some(TimeDelta::minutes(15)) };

async fn names(rig: &Rig, search: Option<&str>, status: Option<UserStatus>) -> Vec<String> {
    let filter = PeopleFilter { id: None, search: search.map(str::to_owned), status };
    let page = PageRequest { limit: 100, after: None };
    let people = rig.pools[0].list(filter, LOCKOUT, rig.act().at, page).await.unwrap();
    people.data.into_iter().map(|it| it.username).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_by_what_they_begin_with() {
    let rig = Rig::new().await;
    let ada = rig.user("Ada_1").await;
    for name in ["adax1", "bob", "gone"] {
        rig.user(name).await;
    }
    rig.database
        .execute(
            "UPDATE users SET email = 'bob@Ada.test', email_key = 'bob@ada.test' WHERE username = 'bob'; \
             UPDATE users SET status = 'erased' WHERE username = 'gone'",
        )
        .await;
    let id = ada.id.to_string();
    for (search, expected) in [
        (None, &["bob", "adax1", "Ada_1"] as &[_]),
        (Some("ADA"), &["bob", "adax1", "Ada_1"]),
        (Some("ada_"), &["Ada_1"]),
        (Some("ada_1@example"), &["Ada_1"]),
        (Some("example.COM"), &["adax1", "Ada_1"]),
        (Some(&id), &["Ada_1"]),
        (Some(&id[..8]), &[]),
        (Some("%"), &[]),
        (Some("xample"), &[]),
        (Some("gone"), &[]),
        (Some("a\0"), &[]),
    ] {
        assert_eq!(names(&rig, search, None).await, expected, "{search:?}");
    }
    rig.database.execute("UPDATE users SET status = 'suspended' WHERE username = 'bob'").await;
    assert_eq!(names(&rig, Some("ada"), Some(UserStatus::Suspended)).await, ["bob"]);
    assert_eq!(names(&rig, None, Some(UserStatus::Active)).await, ["adax1", "Ada_1"]);
    assert_eq!(names(&rig, None, Some(UserStatus::Deleted)).await, [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_come_page_by_page_and_say_what_is_known_of_them() {
    let rig = Rig::new().await;
    let mut expected = Vec::new();
    for i in 0..7 {
        expected.insert(0, rig.user(&format!("user_{i}")).await.id);
    }
    // Moments that are equal don't lose anybody.
    rig.database.execute("UPDATE users SET created_at = '2026-01-01' WHERE username < 'user_4'").await;
    let at = rig.act().at;
    let mut seen = Vec::new();
    let mut page = PageRequest { limit: 3, after: None };
    loop {
        let Page { data, next } = rig.pools[0].list(PeopleFilter::default(), LOCKOUT, at, page.clone()).await.unwrap();
        seen.extend(data.into_iter().map(|it| it.id));
        page.after = next;
        if page.after.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected);
    page.after = Some(Cursor("nonsense".into()));
    assert_eq!(rig.pools[0].list(PeopleFilter::default(), LOCKOUT, at, page).await.unwrap().data.len(), 3);

    let user = rig.reload(expected[0]).await;
    for _ in 0..LOCKOUT.threshold {
        rig.stores[0].begin(&Guessed::Password(user.email.clone()), LOCKOUT, at).await.unwrap();
    }
    let of = Used::Session(rig.session(&user).await.0.id);
    let last = at + TimeDelta::minutes(3);
    rig.stores[0].keep(vec![Sighting { of, at: last, address: None }]).await.unwrap();
    rig.database
        .execute(&format!("UPDATE users SET administrator = true, name = 'Six' WHERE id = '{}'", uuid(user.id)))
        .await;
    let over = at + TimeDelta::minutes(15);
    let lasting = Lockout { release_after: None, ..LOCKOUT };
    for (lockout, now, locked) in [
        (LOCKOUT, over - TimeDelta::seconds(1), true),
        (LOCKOUT, over, false),
        (lasting, over, true),
        (Lockout { threshold: 3, ..lasting }, over, false),
    ] {
        let page = PageRequest { limit: 2, after: None };
        let people = rig.pools[0].list(PeopleFilter::default(), lockout, now, page).await.unwrap().data;
        assert_eq!(people[0].is_locked, locked, "{lockout:?}");
        assert_eq!((people[0].last_seen_at, people[1].last_seen_at), (Some(last), None));
        assert_eq!((people[0].is_administrator, people[0].name.as_deref()), (true, Some("Six")));
        assert!(!people[1].is_locked && !people[1].is_administrator);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_does_not_list_who_is_on_the_way_out() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let page = PageRequest { limit: 50, after: None };
    assert_eq!(accounts::views::Team::list(rig.pools[0].as_ref(), acme, page.clone()).await.unwrap().data.len(), 1);
    rig.database.execute("UPDATE users SET deleted_at = now(), status = 'deleted'").await;
    assert_eq!(accounts::views::Team::list(rig.pools[0].as_ref(), acme, page).await.unwrap().data, []);
}
