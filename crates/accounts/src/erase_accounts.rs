use std::sync::Arc;

use identity::User;
use identity::ports::{CurrentSettings, Users};
use kernel::{Act, Decided, FileStore, Store, UnitOfWork, carry_out};
use tenancy::ports::Holdings;

use crate::erase_organizations::GRACE;
use crate::{Change, Error};

/// Erases the accounts whose time to be recovered is over.
pub struct EraseAccounts {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// What they hold.
    pub holdings: Arc<dyn Holdings>,
    /// How long they can be recovered.
    pub settings: Arc<dyn CurrentSettings>,
    /// Where their avatars are.
    pub files: Arc<dyn FileStore>,
}

impl EraseAccounts {
    const AT_ONCE: u8 = 20;

    /// Whether there were any. Each is a unit of its own; of two that erase the same one, one finds it erased.
    pub async fn run(&self, act: &Act) -> Result<bool, Error> {
        let before = act.at - self.settings.current().await?.lifetimes.deletion - GRACE;
        let due = self.users.to_erase(before, Self::AT_ONCE).await?;
        let mut outcome = Ok(!due.is_empty());
        for user in due {
            // One that can't be erased holds up no other.
            if let Err(error) = self.erase(act, &user).await {
                outcome = Err(error);
            }
        }
        outcome
    }

    async fn erase(&self, act: &Act, due: &User) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let user = self.users.by_id(due.id).await?;
            let Some(user) = user.filter(|it| it.deleted_at == due.deleted_at && it.email == due.email) else {
                return Ok(Decided::Nothing(()));
            };
            // Before the name is gone: where the file can't be removed now, it is tried again.
            if let Some(avatar) = &user.avatar {
                self.files.remove(avatar).await?;
            }
            let mut unit: UnitOfWork<Change> = identity::rules::erase(act, &user).widen();
            for holding in self.holdings.of(user.id).await? {
                if let Some(left) = tenancy::rules::leave(act, &holding) {
                    unit = unit.and(left);
                }
            }
            Ok(Decided::Done(unit, ()))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use identity::UserStatus;
    use identity::ports::MockUsers;
    use identity::testing::{FixedSettings, johndoe};
    use kernel::testing::{NOON, Units, act, nth};
    use kernel::{EmailAddress, Fault, FileName, Id as _, MockFileStore, RoleKey};
    use tenancy::Holding;
    use tenancy::ports::MockHoldings;

    use super::*;
    use crate::testing::{ACME, JOHN, holding};

    fn deleted(id: u64) -> User {
        let deleted_at = Some(NOON - TimeDelta::days(30));
        User { status: UserStatus::Deleted, deleted_at, ..johndoe(nth(id)) }
    }

    /// These are due, and so they are when it is looked again.
    async fn erase(
        store: &Arc<Units<Change>>,
        due: Vec<User>,
        now: Vec<User>,
        held: Vec<Holding>,
    ) -> Result<bool, Error> {
        let mut users = MockUsers::new();
        users
            .expect_to_erase()
            .times(1)
            .withf(|before, most| (*before, *most) == (NOON - TimeDelta::days(30) - TimeDelta::minutes(1), 20))
            .return_once(|_, _| Ok(due));
        users.expect_by_id().returning(move |id| Ok(now.iter().find(|it| it.id == id).cloned()));
        let mut holdings = MockHoldings::new();
        holdings.expect_of().returning(move |_| Ok(held.clone()));
        let (store, settings) = (Arc::<Units<Change>>::clone(store), Arc::new(FixedSettings::default()));
        let mut files = MockFileStore::new();
        files.expect_remove().withf(|it| *it == avatar()).times(..=1).returning(|_| Ok(()));
        files.expect_remove().returning(|_| Err(Fault::Contended));
        let (users, holdings, files) = (Arc::new(users), Arc::new(holdings), Arc::new(files));
        EraseAccounts { store, users, holdings, settings, files }.run(&act()).await
    }

    fn avatar() -> FileName {
        FileName::fresh(&act(), "avatars", "png")
    }

    fn actions(store: &Units<Change>) -> Vec<Vec<&'static str>> {
        store.all().iter().map(|it| it.evidence.audit.iter().map(|it| it.action).collect()).collect()
    }

    #[tokio::test]
    async fn where_nobody_is_due_nothing_is_done() {
        let store = Arc::default();
        assert!(!erase(&store, vec![], vec![], vec![]).await.unwrap());
        assert_eq!(store.all(), []);
    }

    #[tokio::test]
    async fn each_is_erased_with_its_memberships_in_a_unit_of_its_own() {
        let (store, due) = (Arc::default(), vec![deleted(JOHN), deleted(52)]);
        let held = vec![holding(ACME, RoleKey::OWNER, 0, 0), holding(61, RoleKey::MEMBER, 1, 1)];
        assert!(erase(&store, due.clone(), due, held).await.unwrap());
        let one = vec!["user.erased", "member.removed", "organization.deleted", "member.removed"];
        assert_eq!(actions(&store), [one.clone(), one]);
        let units = store.all();
        let Change::Identity(identity::Change::Erase { user, .. }) = &units[0].changes[0] else { panic!("{units:?}") };
        assert_eq!(*user, nth(JOHN));
    }

    #[tokio::test]
    async fn an_account_whose_avatar_cant_be_removed_waits() {
        let with_avatar = |id| User { avatar: Some(avatar()), ..deleted(id) };
        let (store, due) = (Arc::default(), vec![with_avatar(JOHN), with_avatar(52)]);
        let outcome = erase(&store, due.clone(), due, vec![]).await;
        assert!(matches!(outcome, Err(Error::Fault(Fault::Contended))), "{outcome:?}");
        assert_eq!(store.only().evidence.audit[0].target.id, nth::<kernel::UserId>(JOHN).to_string());
    }

    #[tokio::test]
    async fn a_member_who_must_stay_for_others_stays_and_is_erased_all_the_same() {
        let (store, due) = (Arc::default(), vec![deleted(JOHN)]);
        assert!(erase(&store, due.clone(), due, vec![holding(ACME, RoleKey::OWNER, 1, 0)]).await.unwrap());
        assert_eq!(actions(&store), [["user.erased"]]);
    }

    #[tokio::test]
    async fn who_was_recovered_or_erased_meanwhile_is_left_alone_and_the_others_are_not() {
        let recovered = johndoe(nth(JOHN));
        let again = User { deleted_at: Some(NOON), ..deleted(JOHN) };
        let erased = User { email: EmailAddress::nobodys(nth::<kernel::UserId>(99).uuid()), ..deleted(JOHN) };
        for now in [vec![recovered], vec![again], vec![erased], vec![]] {
            let (store, due) = (Arc::default(), vec![deleted(JOHN), deleted(52)]);
            let now = [now, vec![deleted(52)]].concat();
            assert!(erase(&store, due, now, vec![]).await.unwrap());
            assert_eq!(actions(&store), [["user.erased"]]);
            assert_eq!(store.only().evidence.audit[0].target.id, nth::<kernel::UserId>(52).to_string());
        }
    }
}
