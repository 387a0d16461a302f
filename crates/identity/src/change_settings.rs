use std::sync::Arc;

use kernel::{Act, Decided, Store, UnitOfWork, Write, carry_out};

use crate::model::{Settings, SettingsPatch, StoredSettings};
use crate::ports::SettingsStore;
use crate::{Action, Change, Error};

/// Changes settings while the installation runs: by a platform administrator.
pub struct ChangeSettings {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// What stands above the configuration.
    pub stored: Arc<dyn SettingsStore>,
    /// What the configuration says.
    pub configured: Settings,
}

impl ChangeSettings {
    /// The settings as they are then, on every node. What the patch leaves out stays.
    pub async fn run(&self, act: &Act, patch: SettingsPatch) -> Result<Settings, Error> {
        carry_out::<_, (), Error, _, _>(self.store.as_ref(), act, || async {
            let expected = self.stored.stored().await?;
            let next = StoredSettings { patch: expected.patch.clone().or(patch.clone()), ..expected.clone() };
            next.patch.apply(&self.configured)?;
            if next == expected {
                return Ok(Decided::Nothing(()));
            }
            let unit = UnitOfWork::of(act, &Action::SettingsUpdated);
            Ok(Decided::Done(unit.change(Change::Settings(Write::Save { expected, next })), ()))
        })
        .await?;
        Ok(self.stored.stored().await?.patch.apply(&self.configured)?)
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{Units, act};
    use kernel::{CommitError, Outcome, Problems, Scope};

    use super::*;
    use crate::model::{Limits, LimitsPatch, RegistrationPatch};
    use crate::ports::MockSettingsStore;

    fn open(open: bool) -> SettingsPatch {
        SettingsPatch {
            registration: RegistrationPatch { open: Some(open), ..RegistrationPatch::default() },
            ..SettingsPatch::default()
        }
    }

    fn sessions(most: u32) -> SettingsPatch {
        let limits = LimitsPatch { sessions_per_user: Some(most), ..LimitsPatch::default() };
        SettingsPatch { limits, ..SettingsPatch::default() }
    }

    fn stored(patch: SettingsPatch, version: i64) -> StoredSettings {
        StoredSettings { patch, version }
    }

    /// What is stored is read one after the other; the last stays. Three mails are configured where the default says
    /// otherwise.
    async fn change(
        store: &Arc<Units<Change>>,
        mut states: Vec<StoredSettings>,
        patch: SettingsPatch,
    ) -> Result<Settings, Error> {
        let mut reads = MockSettingsStore::new();
        reads
            .expect_stored()
            .returning(move || Ok(if states.len() > 1 { states.remove(0) } else { states[0].clone() }));
        ChangeSettings { store: Arc::<Units<Change>>::clone(store), stored: Arc::new(reads), configured: configured() }
            .run(&act(), patch)
            .await
    }

    fn configured() -> Settings {
        Settings { limits: Limits { mails_per_hour: 7, ..Limits::default() }, ..Settings::default() }
    }

    #[tokio::test]
    async fn what_is_given_joins_what_stands_there_and_the_answer_is_what_counts_then() {
        let store = Arc::default();
        let (before, after) = (stored(open(false), 4), stored(open(false).or(sessions(5)), 5));
        let settings = change(&store, vec![before.clone(), after.clone()], sessions(5)).await.unwrap();
        let limits = Limits { sessions_per_user: 5, mails_per_hour: 7 };
        assert_eq!((settings.registration.open, settings.limits), (false, limits));
        let unit = store.only();
        let next = StoredSettings { version: 4, ..after };
        assert_eq!(unit.changes, [Change::Settings(Write::Save { expected: before, next })]);
        let [entry] = unit.evidence.audit.as_slice() else { panic!("{unit:?}") };
        assert_eq!(
            (entry.action, entry.outcome, entry.scope),
            ("settings.updated", Outcome::Done, Scope::Installation)
        );
        let told: Vec<_> = entry.public.iter().map(|it| (it.key.as_ref(), &it.before, &it.after)).collect();
        assert_eq!(told, [("limits.sessions_per_user", &serde_json::Value::Null, &serde_json::json!(5))]);
    }

    #[tokio::test]
    async fn what_changes_nothing_writes_nothing() {
        for patch in [SettingsPatch::default(), open(false)] {
            let store = Arc::default();
            let settings = change(&store, vec![stored(open(false), 1)], patch).await.unwrap();
            assert!(!settings.registration.open);
            assert_eq!(store.all(), []);
        }
    }

    #[tokio::test]
    async fn what_is_out_of_bounds_is_told_and_not_written() {
        let store = Arc::default();
        let outcome = change(&store, vec![StoredSettings::default()], sessions(0)).await;
        let Err(Error::Invalid(problems)) = outcome else { panic!("{outcome:?}") };
        assert_eq!(problems, Problems::one("limits.sessions_per_user", "The field must be 1 to 10000."));
        assert_eq!(store.all(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn what_another_changed_at_the_same_time_is_kept() {
        let store = Arc::new(Units::failing([CommitError::Stale]));
        let theirs = stored(open(false), 1);
        let settings = change(&store, vec![StoredSettings::default(), theirs.clone()], sessions(5)).await.unwrap();
        assert!(!settings.registration.open);
        let [_, unit] = store.all().try_into().unwrap();
        let next = stored(open(false).or(sessions(5)), 1);
        assert_eq!(unit.changes, [Change::Settings(Write::Save { expected: theirs, next })]);
    }
}
