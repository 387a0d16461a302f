use chrono::TimeDelta;
use identity::ports::{RefreshTokens, Sessions};
use identity::{RefreshOutcome, Repeat, Rotation, Standing, Term};
use kernel::{Act, OnceKey, RoleKey, Token, TokenHash};

use crate::support::rig::{Rig, uuid};

fn rotation(act: &Act, presented: &Token) -> (Rotation, Token) {
    let successor = act.token();
    (Rotation { presented: presented.hash(), successor: successor.hash(), repeat: None }, successor)
}

async fn rotate(rig: &Rig, act: &Act, presented: &Token) -> (RefreshOutcome, Token) {
    let (rotation, successor) = rotation(act, presented);
    (rig.stores[0].rotate(act, rotation).await.unwrap(), successor)
}

#[tokio::test(flavor = "multi_thread")]
async fn rotate_1_of_many_rotating_one_token_one_wins() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    for _ in 0..5 {
        let (_, token) = rig.session(&user).await;
        let answers = rig
            .race(20, |_, store| {
                let act = rig.act();
                let (rotation, _) = rotation(&act, &token);
                async move { store.rotate(&act, rotation).await.unwrap() }
            })
            .await;
        let won = answers.iter().filter(|it| matches!(it, RefreshOutcome::Rotated { .. })).count();
        assert_eq!(won, 1, "{answers:?}");
        assert!(
            answers.iter().all(|it| matches!(it, RefreshOutcome::Rotated { .. } | RefreshOutcome::Lost { .. })),
            "{answers:?}"
        );
    }
    assert_eq!(rig.count("refresh_tokens").await, 10);
    assert_eq!(rig.database.count("SELECT count(*) FROM sessions WHERE ended_at IS NOT NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rotate_2_within_the_grace_it_is_lost_and_after_it_the_session_ends() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    let (session, first) = rig.session(&user).await;
    let mut act = rig.act();
    let (outcome, second) = rotate(&rig, &act, &first).await;
    assert!(matches!(outcome, RefreshOutcome::Rotated { .. }));
    act.at += Rotation::GRACE;
    assert!(matches!(rotate(&rig, &act, &first).await.0, RefreshOutcome::Lost { .. }));
    act.at += TimeDelta::microseconds(1);
    assert!(matches!(rotate(&rig, &act, &first).await.0, RefreshOutcome::Reused { .. }));
    let ended = Sessions::by_id(rig.pools[1].as_ref(), session.id).await.unwrap().unwrap();
    assert_eq!(ended.ended_at, Some(act.at));
    let silent_after = session.silent_after(act.at);
    assert_eq!(rig.pools[1].ended(act.at).await.unwrap(), [(session.id, silent_after)]);
    assert_eq!(rig.pools[1].ended(silent_after).await.unwrap(), [], "nobody needs to know any more");
    assert_eq!(rotate(&rig, &act, &second).await.0, RefreshOutcome::Refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn rotate_2_once_the_successor_was_used_there_is_no_grace_and_the_session_ends_once() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    let (_, first) = rig.session(&user).await;
    let act = rig.act();
    let (_, second) = rotate(&rig, &act, &first).await;
    let (outcome, _) = rotate(&rig, &act, &second).await;
    assert!(matches!(outcome, RefreshOutcome::Rotated { .. }));
    let answers = rig
        .race(10, |_, store| {
            let act = rig.act();
            let (rotation, _) = rotation(&act, &first);
            async move { store.rotate(&act, rotation).await.unwrap() }
        })
        .await;
    assert_eq!(answers.iter().filter(|it| matches!(it, RefreshOutcome::Reused { .. })).count(), 1, "{answers:?}");
    assert_eq!(rig.database.count("SELECT count(*) FROM sessions WHERE ended_at IS NOT NULL").await, 1);
    let told = "SELECT count(*) FROM audit_entries WHERE action = 'session.refresh_reused'";
    assert_eq!(rig.database.count(told).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn rotate_2_a_used_token_that_has_expired_since_tells_of_the_theft_too() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    let (session, token) = rig.session(&user).await;
    assert!(matches!(rotate(&rig, &rig.act(), &token).await.0, RefreshOutcome::Rotated { .. }));
    let mut late = rig.act();
    late.at += session.refresh_lifetime + TimeDelta::seconds(1);
    assert!(matches!(rotate(&rig, &late, &token).await.0, RefreshOutcome::Reused { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn rotate_3_what_is_worth_nothing_is_refused() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    let act = rig.act();
    let unknown = Rotation { presented: TokenHash::of("nonsense"), successor: act.token().hash(), repeat: None };
    assert_eq!(rig.stores[0].rotate(&act, unknown).await.unwrap(), RefreshOutcome::Refused);

    let (session, token) = rig.session(&user).await;
    let mut late = rig.act();
    late.at += session.refresh_lifetime;
    assert_eq!(rotate(&rig, &late, &token).await.0, RefreshOutcome::Refused, "an expired token");

    for (why, sql) in [
        ("an ended session", format!("UPDATE sessions SET ended_at = now() WHERE id = '{}'", uuid(session.id))),
        (
            "an expired session",
            format!("UPDATE sessions SET ended_at = NULL, expires_at = created_at WHERE id = '{}'", uuid(session.id)),
        ),
    ] {
        rig.database.execute(&sql).await;
        assert_eq!(rotate(&rig, &rig.act(), &token).await.0, RefreshOutcome::Refused, "{why}");
    }
    let (_, steady) = rig.open(&user, None, Term::Steady).await;
    assert_eq!(rotate(&rig, &rig.act(), &steady).await.0, RefreshOutcome::Refused, "a session that does not rotate");

    let (_, token) = rig.session(&user).await;
    rig.database.execute("UPDATE users SET status = 'suspended'").await;
    assert_eq!(rotate(&rig, &rig.act(), &token).await.0, RefreshOutcome::Refused, "a suspended user");
    assert_eq!(rig.database.count("SELECT count(*) FROM refresh_tokens WHERE rotated_at IS NOT NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rotate_4_it_comes_with_the_standing_where_that_counts() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    let acme = rig.organization("acme", user.id).await.id;
    let standing = Standing { organization: acme, role: RoleKey::OWNER, active: true };
    let open = async |standing: Option<&Standing>| rig.open(&user, standing, Term::Usual).await.1;
    let mut token = open(Some(&standing)).await;
    for (why, sql, expected) in [
        ("an active member", "SELECT 1", true),
        ("a suspended member", "UPDATE members SET status = 'suspended'", false),
        ("active again", "UPDATE members SET status = 'active'", true),
        ("the organization is deleted", "UPDATE organizations SET deleted_at = now()", false),
        ("no member", "UPDATE organizations SET deleted_at = NULL; DELETE FROM members", false),
    ] {
        rig.database.execute(sql).await;
        let (outcome, next) = rotate(&rig, &rig.act(), &token).await;
        let RefreshOutcome::Rotated { standing: found, .. } = outcome else { panic!("{why}: {outcome:?}") };
        assert_eq!(found, expected.then(|| standing.clone()), "{why}");
        token = next;
    }
    let (outcome, _) = rotate(&rig, &rig.act(), &open(None).await).await;
    assert!(matches!(outcome, RefreshOutcome::Rotated { standing: None, .. }), "a session bound to none: {outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rotate_5_the_outcome_is_witnessed() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    let mails = rig.count("mails").await;
    let (_, first) = rig.session(&user).await;
    let entries = rig.count("audit_entries").await;
    let mut act = rig.act();
    rotate(&rig, &act, &first).await;
    assert_eq!(rig.count("audit_entries").await, entries + 1);
    rotate(&rig, &act, &first).await;
    assert_eq!(rig.count("audit_entries").await, entries + 2, "a lost race is one too");
    assert_eq!(rig.count("audit_entries WHERE action = 'session.refresh_lost'").await, 1);
    act.at += TimeDelta::minutes(1);
    rotate(&rig, &act, &first).await;
    assert_eq!(rig.count("audit_entries").await, entries + 3);
    assert_eq!(rig.count("mails").await, mails + 1, "the user is told of the theft");
}

/// A rotation whose answer can be told again under this key.
fn repeatable(act: &Act, presented: &Token, key: u8, sealed: &str) -> (Rotation, Token) {
    let (rotation, successor) = rotation(act, presented);
    let repeat = Repeat { key: OnceKey([key; 32]), sealed: sealed.as_bytes().to_vec() };
    (Rotation { repeat: Some(repeat), ..rotation }, successor)
}

async fn rotate_under(rig: &Rig, act: &Act, presented: &Token, key: u8) -> (RefreshOutcome, Token) {
    let (rotation, successor) = repeatable(act, presented, key, "kept");
    (rig.stores[1].rotate(act, rotation).await.unwrap(), successor)
}

async fn ended(rig: &Rig) -> i64 {
    rig.count("sessions WHERE ended_at IS NOT NULL").await
}

#[tokio::test(flavor = "multi_thread")]
async fn rotate_6_of_many_under_one_key_one_wins_and_so_many_are_told_again() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    let (_, token) = rig.session(&user).await;
    let answers = rig
        .race(16, |i, store| {
            let act = rig.act();
            let (rotation, _) = repeatable(&act, &token, 7, &format!("answer {i}"));
            async move { store.rotate(&act, rotation).await.unwrap() }
        })
        .await;
    let won: Vec<_> = (0..16).filter(|&i| matches!(answers[i], RefreshOutcome::Rotated { .. })).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    let mut repeated = 0;
    for answer in &answers {
        match answer {
            RefreshOutcome::Repeated { sealed, .. } => {
                assert_eq!(*sealed, format!("answer {}", won[0]).into_bytes());
                repeated += 1;
            }
            RefreshOutcome::Rotated { .. } | RefreshOutcome::Lost { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(repeated, Rotation::MOST_REPEATS);
    assert_eq!((ended(&rig).await, rig.count("refresh_tokens").await), (0, 2));
    let told = "SELECT count(*) FROM audit_entries WHERE action = 'session.refresh_repeated'";
    assert_eq!(rig.database.count(told).await, i64::from(Rotation::MOST_REPEATS));
}

#[tokio::test(flavor = "multi_thread")]
async fn rotate_6_it_is_told_again_for_a_while_and_only_under_its_key() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    let (_, token) = rig.session(&user).await;
    let mut act = rig.act();
    assert!(matches!(rotate_under(&rig, &act, &token, 7).await.0, RefreshOutcome::Rotated { .. }));
    assert!(matches!(rotate_under(&rig, &act, &token, 8).await.0, RefreshOutcome::Lost { .. }), "another key");
    act.at += Rotation::REPEATABLE;
    assert!(matches!(rotate_under(&rig, &act, &token, 7).await.0, RefreshOutcome::Repeated { .. }));
    assert_eq!(ended(&rig).await, 0);
    act.at += TimeDelta::microseconds(1);
    assert!(matches!(rotate_under(&rig, &act, &token, 7).await.0, RefreshOutcome::Reused { .. }));
    assert_eq!(ended(&rig).await, 1);

    let (_, token) = rig.session(&user).await;
    assert!(matches!(rotate(&rig, &act, &token).await.0, RefreshOutcome::Rotated { .. }));
    assert!(matches!(rotate_under(&rig, &act, &token, 7).await.0, RefreshOutcome::Lost { .. }), "nothing was kept");
    act.at += Rotation::GRACE + TimeDelta::seconds(1);
    assert!(matches!(rotate_under(&rig, &act, &token, 7).await.0, RefreshOutcome::Reused { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn rotate_6_once_the_successor_was_rotated_or_the_session_ended_nothing_is_told_again() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    let (_, first) = rig.session(&user).await;
    let act = rig.act();
    let (_, second) = rotate_under(&rig, &act, &first, 7).await;
    assert!(matches!(rotate_under(&rig, &act, &second, 9).await.0, RefreshOutcome::Rotated { .. }));
    assert!(matches!(rotate_under(&rig, &act, &first, 7).await.0, RefreshOutcome::Reused { .. }));
    assert_eq!(rotate_under(&rig, &act, &second, 9).await.0, RefreshOutcome::Refused);
}
