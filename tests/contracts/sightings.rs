use chrono::TimeDelta;
use identity::ports::{Sessions, Sighting, Sightings};
use kernel::{PageRequest, SessionId, Time};

use crate::support::rig::Rig;

fn sighting(session: SessionId, at: Time, host: usize) -> Sighting {
    Sighting { session, at, address: format!("192.0.2.{host}").parse().ok() }
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
async fn sight_1_no_session_and_no_sighting_are_no_mistake() {
    let rig = Rig::new().await;
    rig.stores[0].keep(Vec::new()).await.unwrap();
    rig.stores[0].keep(vec![sighting(rig.act().id(), rig.act().at, 1)]).await.unwrap();
    assert_eq!(rig.count("session_sightings").await, 0);
}
