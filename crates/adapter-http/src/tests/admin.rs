use std::sync::{Arc, Mutex};

use accounts::views::PersonRow;
use identity::ports::Guessed;
use identity::{Change, StoredSettings, User, UserStatus};
use kernel::testing::NOON;
use kernel::{Cursor, Page, UnitOfWork, UserId, Write};
use serde_json::json;

use super::*;
use crate::testing::{caller, session, user};

fn row(id: UserId) -> PersonRow {
    PersonRow {
        id,
        email: "user@example.com".to_owned(),
        username: "johndoe".to_owned(),
        name: None,
        is_verified: true,
        status: "active".to_owned(),
        is_locked: true,
        is_administrator: false,
        created_at: NOON,
        last_seen_at: None,
    }
}

fn person() -> Value {
    json!({
        "id": caller("member").unwrap().user, "email": "user@example.com", "username": "johndoe", "name": null,
        "is_verified": true, "status": "active", "is_locked": true, "is_administrator": false,
        "created_at": "2026-01-15T12:00:00Z", "last_seen_at": null,
    })
}

#[actix_web::test]
async fn users_are_searched_page_by_page() {
    let mut ports = Ports::of("owner");
    let is_meant = |filter: &accounts::views::PeopleFilter,
                    lockout: &identity::Lockout,
                    at: &kernel::Time,
                    page: &kernel::PageRequest| {
        filter.search.as_deref() == Some("user@")
            && filter.status == Some(UserStatus::Suspended)
            && lockout.threshold == 10
            && *at == NOON
            && page.limit == 1
    };
    ports.people.expect_list().withf(is_meant).times(1).returning(|_, _, _, _| {
        Ok(Page { data: vec![row(caller("member").unwrap().user)], next: Some(Cursor("n".to_owned())) })
    });
    let answer = send(ports, by("owner", get("/v1/admin/users?search=user@&status=suspended&limit=1"))).await;
    assert_eq!((answer.status, &answer.json()["data"]), (200, &json!([person()])));
    assert!(answer.json()["next_cursor"].is_string());
    let bad = send(Ports::of("owner"), by("owner", get("/v1/admin/users?status=gone&sort=id"))).await;
    assert_eq!(
        bad.json()["errors"],
        json!({
            "status": ["The status field must be one of: active, suspended, deleted."],
            "sort": ["The sort field is unknown."],
        })
    );
}

#[actix_web::test]
async fn a_user_is_found_by_the_id_alone() {
    let look_up = |found: Option<UserId>| {
        let mut ports = Ports::of("owner");
        ports.people.expect_list().times(1).returning(move |filter, _, _, _| {
            assert_eq!((filter.id, filter.search), (Some(caller("member").unwrap().user), None));
            Ok(Page { data: found.into_iter().map(row).collect(), next: None })
        });
        send(ports, by("owner", get(&format!("/v1/admin/users/{}", caller("member").unwrap().user))))
    };
    let found = look_up(Some(caller("member").unwrap().user)).await;
    assert_eq!((found.status, found.json()), (200, person()));
    assert_eq!(look_up(None).await.error(), (404, "not_found".to_owned()));
}

/// Where `owner` administers, and `member` is in this state.
fn administering(status: UserStatus) -> Ports {
    let mut ports = Ports::default();
    let member = User { status, ..user("member") };
    let all = [user("owner"), member];
    ports.users.expect_by_id().returning(move |id| Ok(all.iter().find(|it| it.id == id).cloned()));
    ports.sessions.expect_by_id().returning(|_| Ok(Some(session("owner"))));
    ports
}

async fn act_on(ports: Ports, token: &str, what: &str) -> Answer {
    let id = caller(token).map_or_else(|| token.to_owned(), |it| it.user.to_string());
    send(ports, by("owner", request(Method::POST, &format!("/v1/admin/users/{id}/{what}")))).await
}

#[actix_web::test]
async fn accounts_are_stopped_and_go_on() {
    for (before, what, after) in [
        (UserStatus::Active, "suspend", UserStatus::Suspended),
        (UserStatus::Suspended, "reactivate", UserStatus::Active),
    ] {
        let mut ports = administering(before);
        let is_meant = move |unit: &UnitOfWork<Change>| matches!(unit.changes.first(), Some(Change::User(Write::Save { next, .. })) if next.status == after);
        ports.identity.expect_commit().withf(is_meant).times(1).returning(|_| Ok(()));
        let answer = act_on(ports, "member", what).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{what}");
    }
    let conflict = (409, "illegal_state".to_owned());
    assert_eq!(act_on(administering(UserStatus::Active), "owner", "suspend").await.error(), conflict);
    assert_eq!(act_on(administering(UserStatus::Deleted), "member", "reactivate").await.error(), conflict);
}

#[actix_web::test]
async fn a_lock_is_released() {
    let mut ports = administering(UserStatus::Active);
    let forgets = |unit: &UnitOfWork<Change>| {
        matches!(
            unit.changes.as_slice(),
            [Change::ForgetFailures(Guessed::Password(_)), Change::ForgetFailures(Guessed::Code(_))]
        )
    };
    ports.identity.expect_commit().withf(forgets).times(1).returning(|_| Ok(()));
    let answer = act_on(ports, "member", "unlock").await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
}

#[actix_web::test]
async fn nobody_is_not_found() {
    for what in ["suspend", "reactivate", "unlock"] {
        for id in ["x", "stranger"] {
            let answer = act_on(administering(UserStatus::Active), id, what).await;
            assert_eq!(answer.error(), (404, "not_found".to_owned()), "{what} {id}");
        }
    }
}

fn usual() -> Value {
    json!({
        "registration": {"open": true, "conceal": false},
        "lockout": {"threshold": 10, "release_after": null},
        "lifetimes": {
            "access": 900, "access_remembered": 86_400, "refresh": 2_592_000, "refresh_short": 604_800,
            "session": 15_552_000, "verification": 259_200, "temporary_password": 1_800, "email_change": 86_400,
            "email_undo": 604_800, "deletion": 2_592_000,
        },
        "limits": {"sessions_per_user": 100, "mails_per_hour": 3},
    })
}

#[actix_web::test]
async fn settings_are_told_whole() {
    let answer = send(Ports::of("owner"), by("owner", get("/v1/admin/settings"))).await;
    assert_eq!((answer.status, answer.json()), (200, usual()));
}

/// Where what is changed is stored.
fn changeable() -> Ports {
    let mut ports = Ports::of("owner");
    let mut before = StoredSettings::default();
    before.patch.lockout.release_after = Some(Some(60));
    let stored = Arc::new(Mutex::new(before));
    let found = Arc::clone(&stored);
    ports.stored_settings.expect_stored().returning(move || Ok(found.lock().unwrap().clone()));
    ports.identity.expect_commit().returning(move |unit| {
        for change in unit.changes {
            let Change::Settings(Write::Save { next, .. }) = change else { panic!("{change:?}") };
            *stored.lock().unwrap() = next;
        }
        Ok(())
    });
    ports
}

async fn change(body: Value) -> Answer {
    send(changeable(), by("owner", request(Method::PATCH, "/v1/admin/settings").set_json(body))).await
}

#[actix_web::test]
async fn settings_change_one_by_one_and_null_takes_a_release_away() {
    let mut expected = usual();
    expected["lockout"]["release_after"] = json!(60);
    assert_eq!(change(json!({})).await.json(), expected);
    expected["lockout"]["threshold"] = json!(5);
    expected["lifetimes"]["refresh"] = json!(3_600);
    expected["registration"]["open"] = json!(false);
    expected["limits"]["mails_per_hour"] = json!(4);
    let body = json!({
        "lockout": {"threshold": 5}, "lifetimes": {"refresh": 3_600},
        "registration": {"open": false}, "limits": {"mails_per_hour": 4},
    });
    assert_eq!(change(body).await.json(), expected);
    assert_eq!(change(json!({"lockout": {"release_after": null}})).await.json(), usual());
}

#[actix_web::test]
async fn settings_that_make_no_sense_are_named() {
    let answer = change(json!({
        "registration": null, "colour": "red",
        "lockout": {"threshold": null, "release_after": 0},
        "lifetimes": {"access": 0, "refresh": null, "forever": 1},
        "limits": {"sessions_per_user": 10_001, "mails_per_hour": "3"},
    }))
    .await;
    assert_eq!(answer.error(), (422, "invalid".to_owned()));
    let errors = answer.json()["errors"].clone();
    assert_eq!(
        errors.as_object().unwrap().keys().collect::<Vec<_>>(),
        [
            "colour",
            "lifetimes.access",
            "lifetimes.forever",
            "lifetimes.refresh",
            "limits.mails_per_hour",
            "limits.sessions_per_user",
            "lockout.release_after",
            "lockout.threshold",
            "registration",
        ]
    );
}
