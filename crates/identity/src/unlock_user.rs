use std::sync::Arc;

use kernel::{Act, Decided, EmailAddress, Store, UnitOfWork, UserId, carry_out};

use crate::ports::{Guessed, Users};
use crate::{Action, Change, Error};

/// Forgets the wrong passwords that were given for an address: the lock is released.
pub struct UnlockUser {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
}

impl UnlockUser {
    /// Of this user; whether it was locked or not.
    pub async fn run(&self, act: &Act, user: UserId) -> Result<(), Error> {
        let user = self.users.by_id(user).await?.ok_or(Error::UserNotFound)?;
        self.unlock(act, user.email, Some(user.id)).await
    }

    /// Of this address, whether there is such an account or not.
    pub async fn of_address(&self, act: &Act, email: EmailAddress) -> Result<(), Error> {
        let user = self.users.by_email(&email).await?.map(|it| it.id);
        self.unlock(act, email, user).await
    }

    async fn unlock(&self, act: &Act, email: EmailAddress, user: Option<UserId>) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || {
            let unit = UnitOfWork::of(act, &Action::UserUnlocked { email: email.clone(), user });
            let unit = unit.change(Change::ForgetFailures(Guessed::Password(email.clone())));
            let unit = match user {
                Some(user) => unit.change(Change::ForgetFailures(Guessed::Code(user))),
                None => unit,
            };
            std::future::ready(Ok(Decided::Done(unit, ())))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{act, nth};
    use kernel::{Outcome, Scope};

    use super::*;
    use crate::world::{World, address, john};

    fn use_case(world: &World) -> UnlockUser {
        UnlockUser { store: world.store(), users: world.users() }
    }

    #[tokio::test]
    async fn the_failures_on_the_users_address_are_forgotten() {
        let world = World::john();
        use_case(&world).run(&act(), nth(50)).await.unwrap();
        let unit = world.store.only();
        assert_eq!(
            unit.changes,
            [Guessed::Password(john().email), Guessed::Code(nth(50))].map(Change::ForgetFailures),
            "of the second factor too"
        );
        assert_eq!(world.written(), [("user.unlocked", Outcome::Done)]);
        assert_eq!(unit.evidence.audit[0].scope, Scope::User(nth(50)));
    }

    #[tokio::test]
    async fn an_address_is_unlocked_whether_it_is_anybodys_or_not() {
        for (world, scope) in [(World::john(), Scope::User(nth(50))), (World::nobody(), Scope::Installation)] {
            let email = address("USER@example.com");
            use_case(&world).of_address(&act(), email.clone()).await.unwrap();
            let unit = world.store.only();
            let of_codes = (scope == Scope::User(nth(50))).then_some(Guessed::Code(nth(50)));
            let forgotten = [Guessed::Password(email)].into_iter().chain(of_codes).map(Change::ForgetFailures);
            assert_eq!((unit.changes, unit.evidence.audit[0].scope), (forgotten.collect(), scope));
        }
    }

    #[tokio::test]
    async fn who_is_not_there_is_not_found() {
        let world = World::nobody();
        assert!(matches!(use_case(&world).run(&act(), nth(50)).await, Err(Error::UserNotFound)));
        world.wrote_nothing();
    }
}
