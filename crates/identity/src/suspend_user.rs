use std::sync::Arc;

use kernel::{Act, Decided, Store, UnitOfWork, UserId, Write, carry_out};

use crate::model::{MailedPurpose, User, UserStatus};
use crate::ports::Users;
use crate::start_session::guard;
use crate::{Action, Change, Error, Happening, mails};

/// What leads back to an earlier address, or back from a deletion, is dead while the account is, and good again with it.
const REVOKED: &[MailedPurpose] =
    &[MailedPurpose::VerifyEmail, MailedPurpose::ResetPassword, MailedPurpose::ChangeEmail];

/// Stops an account, and lets it go on: by a platform administrator.
pub struct SuspendUser {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
}

impl SuspendUser {
    /// Dead at every door at once. Nobody suspends themselves, and of two who suspend each other at the same moment one is
    /// too late: somebody is always left who can let the others go on.
    pub async fn suspend(&self, act: &Act, user: UserId) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let administrator = self.administrator(act).await?;
            let user = self.users.by_id(user).await?.ok_or(Error::UserNotFound)?;
            match user.status {
                UserStatus::Suspended => return Ok(Decided::Nothing(())),
                UserStatus::Erased => return Err(Error::IllegalState),
                _ if administrator.id == user.id => return Err(Error::IllegalState),
                // An account on its way out goes on its way, and does not come back by its own link.
                UserStatus::Active | UserStatus::Deleted => {}
            }
            let next = User { status: UserStatus::Suspended, ..user.clone() };
            let unit = UnitOfWork::of(act, &Action::UserSuspended(user.id))
                .expect(guard(&administrator))
                .change(Change::User(Write::Save { expected: user.clone(), next: next.clone() }))
                .change(Change::EndSessions { user: user.id, except: None, at: act.at })
                .change(Change::RevokeMailedTokens { user: user.id, purposes: REVOKED, since: None })
                .announce(&Happening::UserUpdated { user: next, changed: &["status"] });
            Ok(Decided::Done(tell(act, unit, &user, "account_suspended"), ()))
        })
        .await
    }

    /// Who acts, as long as they may.
    async fn administrator(&self, act: &Act) -> Result<User, Error> {
        let Some(id) = act.actor.user() else { return Err(Error::UserNotFound) };
        let user = self.users.by_id(id).await?;
        user.filter(|it| it.administrator && it.status == UserStatus::Active).ok_or(Error::TokenInvalid)
    }

    /// It signs in anew. An account on its way out is its owner's alone to recover.
    pub async fn reactivate(&self, act: &Act, user: UserId) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let user = self.users.by_id(user).await?.ok_or(Error::UserNotFound)?;
            match user.status {
                UserStatus::Active => return Ok(Decided::Nothing(())),
                UserStatus::Deleted | UserStatus::Erased => return Err(Error::IllegalState),
                UserStatus::Suspended => {}
            }
            let status = if user.deleted_at.is_some() { UserStatus::Deleted } else { UserStatus::Active };
            let next = User { status, ..user.clone() };
            let unit = UnitOfWork::of(act, &Action::UserReactivated(user.id))
                .change(Change::User(Write::Save { expected: user.clone(), next: next.clone() }))
                .announce(&Happening::UserUpdated { user: next, changed: &["status"] });
            Ok(Decided::Done(tell(act, unit, &user, "account_reactivated"), ()))
        })
        .await
    }
}

/// An account on its way out goes on its way: there is nothing to tell.
fn tell(act: &Act, unit: UnitOfWork<Change>, user: &User, template: &'static str) -> UnitOfWork<Change> {
    if user.deleted_at.is_some() { unit } else { unit.mail(mails::notice(act, user, template)) }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, act, nth};
    use kernel::{Actor, Outcome};

    use super::*;
    use crate::ports::MockUsers;
    use crate::world::{World, john};

    fn by(admin: u64) -> Act {
        act().by(Actor::User { id: nth(admin), session: nth(81) })
    }

    fn is(status: UserStatus) -> User {
        User { status, ..john() }
    }

    fn administrator() -> User {
        User { id: nth(80), administrator: true, version: 9, ..john() }
    }

    /// This user beside this administrator, `nth(80)`.
    fn beside(administrator: User, user: Option<User>) -> (World, SuspendUser) {
        let world = World::nobody();
        let mut users = MockUsers::new();
        users
            .expect_by_id()
            .returning(move |id| Ok(if id == nth(80) { Some(administrator.clone()) } else { user.clone() }));
        let suspend = SuspendUser { store: world.store(), users: Arc::new(users) };
        (world, suspend)
    }

    fn world(user: Option<User>) -> (World, SuspendUser) {
        beside(administrator(), user)
    }

    #[tokio::test]
    async fn a_suspended_account_is_dead_at_every_door() {
        let (world, suspend) = world(Some(john()));
        suspend.suspend(&by(80), nth(50)).await.unwrap();
        assert_eq!(
            world.store.only().changes,
            [
                Change::User(Write::Save { expected: john(), next: is(UserStatus::Suspended) }),
                Change::EndSessions { user: nth(50), except: None, at: NOON },
                Change::RevokeMailedTokens { user: nth(50), purposes: REVOKED, since: None },
            ]
        );
        assert_eq!(world.store.only().guards, [guard(&administrator())]);
        assert_eq!(world.written(), [("user.suspended", Outcome::Done)]);
        assert_eq!(world.mailed(), [("account_suspended", "user@example.com".to_owned())]);
        assert_eq!(world.store.only().evidence.events[0].data["user"]["status"], "suspended");
    }

    #[tokio::test]
    async fn a_reactivated_account_goes_on() {
        let (world, suspend) = world(Some(is(UserStatus::Suspended)));
        suspend.reactivate(&by(80), nth(50)).await.unwrap();
        let save = Change::User(Write::Save { expected: is(UserStatus::Suspended), next: john() });
        assert_eq!(world.store.only().changes, [save]);
        assert_eq!(world.written(), [("user.reactivated", Outcome::Done)]);
        assert_eq!(world.mailed(), [("account_reactivated", "user@example.com".to_owned())]);
    }

    #[tokio::test]
    async fn what_is_so_already_is_not_written() {
        let (world, suspended) = world(Some(is(UserStatus::Suspended)));
        assert!(suspended.suspend(&by(80), nth(50)).await.is_ok());
        world.wrote_nothing();
        let (world, active) = self::world(Some(john()));
        assert!(active.reactivate(&by(80), nth(50)).await.is_ok());
        world.wrote_nothing();
    }

    #[tokio::test]
    async fn nobody_suspends_themselves() {
        let (world, suspend) = world(None);
        assert!(matches!(suspend.suspend(&by(80), nth(80)).await, Err(Error::IllegalState)));
        world.wrote_nothing();
    }

    #[tokio::test]
    async fn who_was_suspended_meanwhile_suspends_nobody() {
        for administrator in [
            User { status: UserStatus::Suspended, ..administrator() },
            User { administrator: false, ..administrator() },
        ] {
            let (world, suspend) = beside(administrator, Some(john()));
            assert!(matches!(suspend.suspend(&by(80), nth(50)).await, Err(Error::TokenInvalid)));
            world.wrote_nothing();
        }
    }

    #[tokio::test]
    async fn an_account_on_its_way_out_is_stopped_on_it_and_is_its_owners_alone_to_recover() {
        let deleted = User { deleted_at: Some(NOON), ..is(UserStatus::Deleted) };
        let stopped = User { status: UserStatus::Suspended, ..deleted.clone() };
        let (world, suspend) = self::world(Some(deleted.clone()));
        suspend.suspend(&by(80), nth(50)).await.unwrap();
        let save = Change::User(Write::Save { expected: deleted.clone(), next: stopped.clone() });
        assert_eq!(world.store.only().changes[0], save);
        assert_eq!(world.mailed(), [], "there is nothing to tell");
        assert!(matches!(suspend.reactivate(&by(80), nth(50)).await, Err(Error::IllegalState)));

        let (world, suspend) = self::world(Some(stopped.clone()));
        suspend.reactivate(&by(80), nth(50)).await.unwrap();
        assert_eq!(world.store.only().changes, [Change::User(Write::Save { expected: stopped, next: deleted })]);
    }

    #[tokio::test]
    async fn who_is_nobody_any_more_stays_so() {
        let (world, suspend) = world(Some(is(UserStatus::Erased)));
        assert!(matches!(suspend.suspend(&by(80), nth(50)).await, Err(Error::IllegalState)));
        assert!(matches!(suspend.reactivate(&by(80), nth(50)).await, Err(Error::IllegalState)));
        world.wrote_nothing();
    }

    #[tokio::test]
    async fn who_is_not_there_is_not_found() {
        let (_, suspend) = world(None);
        assert!(matches!(suspend.suspend(&by(80), nth(50)).await, Err(Error::UserNotFound)));
        assert!(matches!(suspend.reactivate(&by(80), nth(50)).await, Err(Error::UserNotFound)));
    }
}
