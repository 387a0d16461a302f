use chrono::TimeDelta;
use identity::ports::{RefreshTokens, Sessions, Sighting, Sightings, Standings, Used, Users};
use identity::{Change, Factor, Factors, Rotation, Session, Term, UserStatus, Worth};
use kernel::{PageRequest, Store, TokenHash, Write};

use crate::support::rig::{Rig, uuid};

#[tokio::test(flavor = "multi_thread")]
async fn living_sessions_are_listed_newest_first_with_when_they_were_last_seen() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    rig.session(&bob).await;
    let mut sessions = Vec::new();
    for _ in 0..5 {
        sessions.push(rig.session(&ada).await.0);
    }
    let at = rig.act().at;
    rig.database
        .execute(&format!(
            "UPDATE sessions SET ended_at = now() WHERE id = '{}'; \
             UPDATE sessions SET expires_at = created_at WHERE id = '{}'",
            uuid(sessions[1].id),
            uuid(sessions[3].id)
        ))
        .await;
    let address = "192.0.2.7".parse().ok();
    rig.stores[0].keep(vec![Sighting { of: Used::Session(sessions[2].id), at, address }]).await.unwrap();
    let mut seen = Vec::new();
    let mut page = PageRequest { limit: 2, after: None };
    loop {
        let listed = rig.pools[0].living(ada.id, at, page.clone()).await.unwrap();
        assert!(listed.data.len() <= 2);
        seen.extend(listed.data);
        page.after = listed.next;
        if page.after.is_none() {
            break;
        }
    }
    let ids: Vec<_> = seen.iter().map(|it| it.session.id).collect();
    assert_eq!(ids, [sessions[4].id, sessions[2].id, sessions[0].id]);
    assert_eq!((seen[1].last_seen_at, seen[1].last_address), (at, address));
    assert_eq!((seen[0].last_seen_at, seen[0].last_address), (sessions[4].created_at, sessions[4].address));

    let beyond = rig.pools[0].beyond(ada.id, 1, at).await.unwrap();
    assert_eq!(beyond.iter().map(|it| it.id).collect::<Vec<_>>(), [sessions[2].id, sessions[0].id]);
    assert_eq!(rig.pools[0].beyond(ada.id, 3, at).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_leads_to_its_session_and_says_whether_it_is_good() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let (steady, token) = rig.open(&ada, None, Term::Steady).await;
    let act = rig.act();
    let found = async |hash: TokenHash, at| rig.pools[1].by_refresh_token(&hash, at).await.unwrap();
    assert_eq!(found(TokenHash::of("unknown"), act.at).await, None);
    assert_eq!(found(token.hash(), act.at).await, Some((steady.clone(), Worth::Good)));
    assert_eq!(found(token.hash(), steady.expires_at).await, Some((steady, Worth::Nothing)), "too old");
    let (session, token) = rig.session(&ada).await;
    let successor = act.token().hash();
    let rotation = Rotation { presented: token.hash(), successor, repeat: None };
    rig.stores[0].rotate(&act, rotation).await.unwrap();
    let worth = async |at| found(token.hash(), at).await.unwrap().1;
    assert_eq!(found(token.hash(), act.at).await, Some((session, Worth::JustUsed)));
    assert_eq!(worth(act.at + Rotation::GRACE).await, Worth::JustUsed);
    assert_eq!(worth(act.at + Rotation::GRACE + TimeDelta::milliseconds(1)).await, Worth::Nothing, "used up");
    let next = Rotation { presented: successor, successor: act.token().hash(), repeat: None };
    rig.stores[0].rotate(&act, next).await.unwrap();
    assert_eq!(worth(act.at).await, Worth::Nothing, "its successor is used up");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_administers_who_is_to_be_erased_and_where_they_belong() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    assert!(!rig.pools[0].has_administrator(None).await.unwrap());
    for (status, expected) in [(UserStatus::Active, true), (UserStatus::Suspended, false)] {
        let status = status.as_str();
        rig.database.execute(&format!("UPDATE users SET administrator = true, status = '{status}'")).await;
        assert_eq!(rig.pools[0].has_administrator(None).await.unwrap(), expected);
        assert!(!rig.pools[0].has_administrator(Some(ada.id)).await.unwrap(), "besides Ada");
    }

    let before = rig.act().at;
    for (i, name) in (1..).zip(["second", "first", "late", "erased"]) {
        let id = uuid(rig.user(name).await.id);
        let at =
            kernel::rfc3339(if name == "late" { before + TimeDelta::seconds(1) } else { before - TimeDelta::days(i) });
        let gone = format!("UPDATE users SET status = 'deleted', deleted_at = '{at}' WHERE id = '{id}'");
        rig.database.execute(&gone).await;
        if name == "erased" {
            rig.database.execute(&format!("UPDATE users SET status = 'erased' WHERE id = '{id}'")).await;
        }
        if name == "first" {
            // Suspended on its way out, it goes all the same.
            rig.database.execute(&format!("UPDATE users SET status = 'suspended' WHERE id = '{id}'")).await;
        }
    }
    let names = async |most| {
        let due = rig.pools[0].to_erase(before, most).await.unwrap();
        due.into_iter().map(|it| it.username.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(20).await, ["first", "second"]);
    assert_eq!(names(1).await, ["first"]);

    rig.organization("acme-honey", ada.id).await;
    let gone = rig.organization("gone", ada.id).await.id;
    rig.database.execute(&format!("UPDATE organizations SET deleted_at = now() WHERE id = '{}'", uuid(gone))).await;
    assert_eq!(rig.pools[0].words_of(ada.id).await.unwrap(), ["acme-honey", "acme-honey"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_keeps_which_factors_were_given() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let first = rig.session(&ada).await.0;
    let stored = async || Sessions::by_id(rig.pools[1].as_ref(), first.id).await.unwrap().unwrap();
    assert_eq!(stored().await.factors, Factors::of([Factor::Password]));
    let all = Factors::of(Factor::ALL.iter().copied());
    let next = Session { factors: all.clone(), auth_time: rig.act().at, ..first.clone() };
    let save = Change::Session(Write::Save { expected: first.clone(), next });
    rig.stores[0].commit(super::ways_in::unit(&rig.act(), &ada, [save])).await.unwrap();
    assert_eq!(stored().await.factors, all);
    // Of a release that knows passwords alone.
    rig.database
        .execute(
            "INSERT INTO sessions (id, user_id, auth_time, created_at, expires_at, access_lifetime_s, \
             refresh_lifetime_s, version) SELECT gen_random_uuid(), user_id, auth_time, created_at, expires_at, \
             access_lifetime_s, refresh_lifetime_s, 0 FROM sessions",
        )
        .await;
    assert_eq!(rig.count("sessions WHERE factors = '{pwd}'").await, 1);
}
