use chrono::TimeDelta;
use identity::ports::{Keys, Sessions, Sighting, Sightings, Used};
use identity::{Change, KeyOwner};
use kernel::{KeyId, PageRequest, SessionId, Store, Time, Write};

use super::ways_in::{token, unit};
use crate::support::rig::Rig;

fn sighting(session: SessionId, at: Time, host: usize) -> Sighting {
    Sighting { of: Used::Session(session), at, address: format!("192.0.2.{host}").parse().ok() }
}

#[tokio::test(flavor = "multi_thread")]
async fn sight_1_the_newest_stays_in_whatever_order_they_come() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push(rig.session(&user).await.0.id);
    }
    let start = rig.act().at;
    let moment = |i: usize| start + TimeDelta::seconds(i64::try_from(i).unwrap());
    let nobodys: SessionId = rig.act().id();
    // Each tells of every session, in an order of its own, twice of each, and of one that is not there.
    rig.race(20, |i, store| {
        let mut seen = vec![sighting(nobodys, moment(i), i)];
        for session in sessions.iter().cycle().skip(i).take(4) {
            seen.extend([sighting(*session, moment(i), i), sighting(*session, moment(0), 99)]);
        }
        async move { store.keep(seen).await.unwrap() }
    })
    .await;
    assert_eq!(rig.count("session_sightings").await, 4);
    let page = PageRequest { limit: 50, after: None };
    let seen = rig.pools[0].living(user.id, start, page).await.unwrap().data;
    assert_eq!(seen.len(), 4);
    for it in seen {
        assert_eq!((it.last_seen_at, it.last_address), (moment(19), "192.0.2.19".parse().ok()), "{it:?}");
        assert_eq!(it.session.version, 0, "a sighting changes no session");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sight_1_what_is_not_there_and_no_sighting_are_no_mistake() {
    let rig = Rig::new().await;
    rig.stores[0].keep(Vec::new()).await.unwrap();
    let nobodys = Sighting { of: Used::Key(rig.act().id()), at: rig.act().at, address: None };
    rig.stores[0].keep(vec![sighting(rig.act().id(), rig.act().at, 1), nobodys]).await.unwrap();
    assert_eq!((rig.count("session_sightings").await, rig.count("key_sightings").await), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn sight_1_keys_and_sessions_are_seen_together() {
    let rig = Rig::new().await;
    let user = rig.user("ada").await;
    let session = rig.session(&user).await.0.id;
    let act = rig.act();
    let tokens = [token(&act, &user), token(&act, &user), token(&act, &user)];
    let adding = tokens.iter().map(|it| Change::Key(Write::Add(it.clone())));
    rig.stores[0].commit(unit(&act, &user, adding)).await.unwrap();
    let moment = |i: usize| act.at + TimeDelta::seconds(i64::try_from(i).unwrap());
    let of_key = |key: KeyId, at: Time| Sighting { of: Used::Key(key), at, address: None };
    rig.race(20, |i, store| {
        let mut seen = vec![sighting(session, moment(i), i)];
        for token in tokens.iter().cycle().skip(i).take(2) {
            seen.extend([of_key(token.id, moment(0)), of_key(token.id, moment(i))]);
        }
        async move { store.keep(seen).await.unwrap() }
    })
    .await;
    let page = PageRequest { limit: 50, after: None };
    let listed = rig.pools[1].of(KeyOwner::User(user.id), page).await.unwrap().data;
    assert_eq!(listed.len(), 3);
    for (key, last_used) in listed {
        let place = tokens.iter().position(|it| it.id == key.id).unwrap();
        let newest = (0..20).rev().find(|i| (i % 3..i % 3 + 2).any(|it| it % 3 == place)).unwrap();
        assert_eq!((last_used, key.version), (Some(moment(newest)), 0), "{place}");
    }
    assert_eq!(rig.count("session_sightings").await, 1);
}
