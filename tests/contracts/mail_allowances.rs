use chrono::TimeDelta;
use identity::ports::MailAllowances;

use crate::support::rig::Rig;

#[tokio::test(flavor = "multi_thread")]
async fn allow_1_of_many_who_ask_at_once_so_many_are_allowed() {
    let rig = Rig::new().await;
    let at = rig.act().at;
    for whom in ["ada", "bob"] {
        for what in ["verification", "temporary_password"] {
            let answers = rig.race(30, |_, store| async move { store.spend(what, whom, 3, at).await.unwrap() }).await;
            assert_eq!(answers.iter().filter(|allowed| **allowed).count(), 3, "{whom} {what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn allow_1_an_hour_begins_with_the_first() {
    let rig = Rig::new().await;
    let first = rig.act().at;
    let spend = async |minutes| {
        let at = first + TimeDelta::minutes(minutes);
        rig.stores[0].spend("verification", "ada", 2, at).await.unwrap()
    };
    for (minutes, allowed) in [(0, true), (59, true), (59, false), (60, true), (61, true), (119, false), (120, true)] {
        assert_eq!(spend(minutes).await, allowed, "after {minutes} minutes");
    }
    assert!(!rig.stores[0].spend("verification", "bob", 0, first).await.unwrap());
}
