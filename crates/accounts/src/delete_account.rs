use std::sync::Arc;

use identity::UserStatus;
use identity::ports::{CurrentSettings, Users};
use kernel::{Act, Decided, Store, UnitOfWork, UserId, carry_out};
use tenancy::ports::Holdings;

use crate::{Change, Error};

/// Stops an account on its owner's wish, to be erased later.
pub struct DeleteAccount {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// What they hold.
    pub holdings: Arc<dyn Holdings>,
    /// How long it can be recovered.
    pub settings: Arc<dyn CurrentSettings>,
}

impl DeleteAccount {
    /// Dead at every door at once. Who alone owns an organization with other members hands it over first, and who alone
    /// administers the installation finds another.
    pub async fn run(&self, act: &Act, user: UserId) -> Result<(), Error> {
        let settings = self.settings.current().await?;
        carry_out(self.store.as_ref(), act, || async {
            let user = self.users.by_id(user).await?.filter(|it| it.status == UserStatus::Active);
            let user = user.ok_or(Error::TokenInvalid)?;
            if user.administrator && !self.users.has_administrator(Some(user.id)).await? {
                return Err(identity::Error::IllegalState.into());
            }
            let mut unit: UnitOfWork<Change> = identity::rules::delete(act, &user, &settings.lifetimes).widen();
            for holding in self.holdings.of(user.id).await? {
                if let Some(stopped) = tenancy::rules::stop(act, &holding)? {
                    unit = unit.and(stopped);
                }
            }
            Ok(Decided::Done(unit, ()))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use identity::User;
    use identity::testing::{FixedSettings, johndoe};
    use kernel::testing::{Units, act, nth};
    use kernel::{CommitError, Guard, RoleKey};
    use tenancy::Holding;
    use tenancy::ports::MockHoldings;

    use super::*;
    use crate::testing::{ACME, JOHN, holding, users};

    /// What John holds is read one after the other; the last stays.
    async fn delete(store: &Arc<Units<Change>>, user: User, mut holdings: Vec<Vec<Holding>>) -> Result<(), Error> {
        let mut reads = MockHoldings::new();
        reads
            .expect_of()
            .withf(|user| *user == nth(JOHN))
            .returning(move |_| Ok(if holdings.len() > 1 { holdings.remove(0) } else { holdings[0].clone() }));
        DeleteAccount {
            store: Arc::<Units<Change>>::clone(store),
            users: users(vec![user]),
            holdings: Arc::new(reads),
            settings: Arc::new(FixedSettings::default()),
        }
        .run(&act(), nth(JOHN))
        .await
    }

    fn john() -> User {
        johndoe(nth(JOHN))
    }

    fn actions(unit: &UnitOfWork<Change>) -> Vec<&'static str> {
        unit.evidence.audit.iter().map(|it| it.action).collect()
    }

    #[tokio::test]
    async fn the_account_stops_and_what_it_owns_with_it_as_one_unit() {
        let store = Arc::default();
        let held = vec![
            holding(ACME, RoleKey::OWNER, 0, 0),
            holding(61, RoleKey::OWNER, 1, 1),
            holding(62, RoleKey::MEMBER, 9, 1),
        ];
        delete(&store, john(), vec![held]).await.unwrap();
        let unit = store.only();
        assert_eq!(actions(&unit), ["user.deleted", "member.stopped", "member.stopped"]);
        let guard = |organization| Guard::Authorization { organization: nth(organization), version: 7 };
        assert_eq!(unit.guards, [guard(ACME), guard(61)]);
        assert!(matches!(unit.changes[0], Change::Identity(identity::Change::User(_))));
        assert_eq!(unit.evidence.mail.iter().map(|it| it.template).collect::<Vec<_>>(), ["account_deleted"]);
    }

    #[tokio::test]
    async fn the_sole_owner_of_others_stays() {
        let store = Arc::default();
        let held = vec![holding(61, RoleKey::MEMBER, 1, 1), holding(ACME, RoleKey::OWNER, 1, 0)];
        let outcome = delete(&store, john(), vec![held]).await;
        assert!(matches!(outcome, Err(Error::Tenancy(tenancy::Error::SoleOwner))));
        assert_eq!(store.all(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn who_becomes_the_sole_owner_meanwhile_stays_too() {
        let store = Arc::new(Units::failing([CommitError::Stale]));
        let held = vec![vec![holding(ACME, RoleKey::OWNER, 1, 1)], vec![holding(ACME, RoleKey::OWNER, 1, 0)]];
        assert!(matches!(delete(&store, john(), held).await, Err(Error::Tenancy(tenancy::Error::SoleOwner))));
        assert_eq!(store.all().len(), 1);
    }

    #[tokio::test]
    async fn who_is_not_active_has_no_account_to_delete() {
        for status in [UserStatus::Suspended, UserStatus::Deleted] {
            let store = Arc::default();
            let user = User { status, ..john() };
            assert!(matches!(delete(&store, user, vec![vec![]]).await, Err(Error::TokenInvalid)));
            assert_eq!(store.all(), []);
        }
    }
}
