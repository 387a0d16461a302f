use identity::ports::{CurrentSettings, SettingsStore};
use identity::{Change, LimitsPatch, LockoutPatch, SettingsPatch, StoredSettings};
use kernel::{CommitError, Store, UnitOfWork, Write};

use crate::support::eventually;
use crate::support::rig::Rig;

fn limited(sessions_per_user: u32) -> SettingsPatch {
    let limits = LimitsPatch { sessions_per_user: Some(sessions_per_user), ..LimitsPatch::default() };
    // Null is something else than nothing.
    let lockout = LockoutPatch { threshold: None, release_after: Some(None) };
    SettingsPatch { limits, lockout, ..SettingsPatch::default() }
}

fn save(rig: &Rig, expected: &StoredSettings, patch: SettingsPatch) -> UnitOfWork<Change> {
    let next = StoredSettings { patch, ..expected.clone() };
    let write = Write::Save { expected: expected.clone(), next };
    UnitOfWork::of(&rig.act(), &identity::Action::SettingsUpdated).change(Change::Settings(write))
}

#[tokio::test(flavor = "multi_thread")]
async fn store_2_of_many_first_and_of_many_later_changes_of_settings_one_wins() {
    let rig = Rig::new().await;
    for version in 0..3 {
        let stored = rig.pools[1].stored().await.unwrap();
        assert_eq!(stored.version, version);
        let answers = rig
            .race(16, |i, store| {
                let unit = save(&rig, &stored, limited(u32::try_from(i).unwrap() + 1));
                async move { store.commit(unit).await }
            })
            .await;
        let won: Vec<_> = (0..16).filter(|&i| answers[i].is_ok()).collect();
        assert_eq!(won.len(), 1, "{answers:?}");
        assert!(answers.iter().filter(|it| it.is_err()).all(|it| matches!(it, Err(CommitError::Stale))), "{answers:?}");
        let stored = rig.pools[1].stored().await.unwrap();
        assert_eq!(stored.patch, limited(u32::try_from(won[0]).unwrap() + 1));
    }
    assert_eq!(rig.count("settings").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_settings_is_known_here_at_once_and_elsewhere_soon() {
    let rig = Rig::new().await;
    let _listeners = [0, 1].map(|i| rig.pools[i].listen(rig.nodes[i].clone()));
    eventually("both nodes hear", async || rig.nodes.iter().all(|it| it.hears())).await;
    for node in &rig.nodes {
        assert_eq!(node.current().await.unwrap().limits.sessions_per_user, 100);
    }
    let none = rig.pools[0].stored().await.unwrap();
    rig.stores[0].commit(save(&rig, &none, limited(7))).await.unwrap();
    assert_eq!(rig.nodes[0].current().await.unwrap().limits.sessions_per_user, 7);
    eventually("the other node knows", async || rig.nodes[1].current().await.unwrap().limits.sessions_per_user == 7)
        .await;
}
