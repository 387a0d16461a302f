use std::sync::Arc;

use kernel::{Act, Decided, Secret, Store, UnitOfWork, UserId, Write, carry_out};

use crate::model::{Lifetimes, MailedPurpose, User, UserStatus};
use crate::ports::{Guessed, PasswordHasher, Users};
use crate::register::{NewUser, RegisterInput, check, decide as register};
use crate::{Action, Change, Error, mails};

/// Makes somebody administer the whole installation: the operator's own doing, by command line or environment.
pub struct CreateAdministrator {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// What hashes the password.
    pub hasher: Arc<dyn PasswordHasher>,
}

impl CreateAdministrator {
    /// A new account with a proved address; where there is one with the address, that one, with this password: whoever
    /// made it before is signed out everywhere.
    pub async fn run(&self, act: &Act, email: String, username: String, password: Secret) -> Result<UserId, Error> {
        let (email, username, password) = check(&RegisterInput { email, username, password }, &[])?;
        let hash = self.hasher.hash(password.secret()).await?;
        carry_out(self.store.as_ref(), act, || async {
            let Some(user) = self.users.by_email(&email).await? else {
                let new = NewUser {
                    id: act.id(),
                    email: email.clone(),
                    username: username.clone(),
                    password: Some(hash.clone()),
                    verified: true,
                    administrator: true,
                };
                let (unit, user) = register(act, new, &Lifetimes::default());
                let id = user.id;
                return Ok(Decided::Done(
                    unit.and(UnitOfWork::<Change>::of(act, &Action::AdministratorCreated(id))),
                    id,
                ));
            };
            if user.status != UserStatus::Active {
                return Err(Error::IllegalState);
            }
            let next = User {
                administrator: true,
                password: Some(hash.clone()),
                verified_at: user.verified_at.or(Some(act.at)),
                ..user.clone()
            };
            let id = user.id;
            let unit = UnitOfWork::of(act, &Action::AdministratorCreated(id))
                .change(Change::User(Write::Save { expected: user.clone(), next }))
                .change(Change::EndSessions { user: id, except: None, at: act.at })
                .change(Change::RevokeMailedTokens { user: id, purposes: MailedPurpose::ALL, since: None })
                .change(Change::ForgetFailures(Guessed::Password(user.email.clone())))
                .mail(mails::notice(act, &user, "password_changed"));
            Ok(Decided::Done(unit, id))
        })
        .await
    }

    /// As [`CreateAdministrator::run`], unless there is an administrator already.
    pub async fn first(&self, act: &Act, email: String, username: String, password: Secret) -> Result<(), Error> {
        if self.users.has_administrator(None).await? {
            return Ok(());
        }
        match self.run(act, email.clone(), username, password.clone()).await {
            // Another node was faster.
            Err(Error::EmailTaken | Error::UsernameTaken) if self.users.has_administrator(None).await? => Ok(()),
            // Somebody has the name; what it is called matters to nobody.
            Err(Error::UsernameTaken) => self.run(act, email, fallback(act), password).await.map(|_| ()),
            outcome => outcome.map(|_| ()),
        }
    }
}

fn fallback(act: &Act) -> String {
    format!("admin_{}", act.ids.uuid(act.at).simple())
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, act, nth};
    use kernel::{CommitError, Outcome, Taken};

    use super::*;
    use crate::testing::PlainHasher;
    use crate::world::{World, john};

    const NEW: &str = "Quiet-Lantern-7!";

    fn use_case(world: &World) -> CreateAdministrator {
        CreateAdministrator { store: world.store(), users: world.users(), hasher: Arc::new(PlainHasher) }
    }

    async fn create(world: &World) -> Result<UserId, Error> {
        let (email, username) = ("user@example.com".to_owned(), "root_of_all".to_owned());
        use_case(world).run(&act(), email, username, Secret::new(NEW)).await
    }

    async fn first(world: &World) -> Result<(), Error> {
        let (email, username) = ("user@example.com".to_owned(), "root_of_all".to_owned());
        use_case(world).first(&act(), email, username, Secret::new(NEW)).await
    }

    #[tokio::test]
    async fn a_new_account_with_a_proved_address_administers() {
        let world = World::nobody();
        let id = create(&world).await.unwrap();
        let unit = world.store.only();
        let [Change::User(Write::Add(user))] = unit.changes.as_slice() else { panic!("{unit:?}") };
        assert_eq!((user.id, user.administrator, user.verified_at), (id, true, Some(NOON)));
        assert_eq!((user.username.as_str(), &user.password), ("root_of_all", &Some(PlainHasher::of(NEW))));
        assert_eq!(world.written(), [("user.created", Outcome::Done), ("user.administrator_created", Outcome::Done)]);
        assert_eq!(world.mailed(), []);
    }

    #[tokio::test]
    async fn an_account_that_is_there_keeps_its_name_and_loses_all_that_its_maker_could_use() {
        let maker = User { verified_at: None, ..john() };
        let world = World::of(vec![Some(maker.clone())]);
        assert_eq!(create(&world).await.unwrap(), nth(50));
        let next = User {
            administrator: true,
            password: Some(PlainHasher::of(NEW)),
            verified_at: Some(NOON),
            ..maker.clone()
        };
        assert_eq!(
            world.store.only().changes,
            [
                Change::User(Write::Save { expected: maker, next }),
                Change::EndSessions { user: nth(50), except: None, at: NOON },
                Change::RevokeMailedTokens { user: nth(50), purposes: MailedPurpose::ALL, since: None },
                Change::ForgetFailures(Guessed::Password(john().email)),
            ]
        );
        assert_eq!(world.written(), [("user.administrator_created", Outcome::Done)]);
    }

    #[tokio::test]
    async fn who_may_not_act_administers_nothing() {
        for status in [UserStatus::Suspended, UserStatus::Deleted] {
            let world = World::of(vec![Some(User { status, ..john() })]);
            assert!(matches!(create(&world).await, Err(Error::IllegalState)));
            world.wrote_nothing();
        }
    }

    #[tokio::test]
    async fn the_rules_hold_for_them_too() {
        let world = World::nobody();
        let weak = use_case(&world).run(&act(), "nobody".into(), "x".into(), Secret::new("admin")).await;
        let Err(Error::Invalid(problems)) = weak else { panic!("{weak:?}") };
        assert_eq!(problems.iter().map(|(it, _)| it).collect::<Vec<_>>(), ["email", "password", "username"]);
        world.wrote_nothing();
    }

    #[tokio::test]
    async fn the_first_is_made_where_there_is_none() {
        let there = World::of(vec![Some(User { administrator: true, ..john() })]);
        assert!(first(&there).await.is_ok());
        there.wrote_nothing();
        let none = World::nobody();
        assert!(first(&none).await.is_ok());
        assert_eq!(none.store.only().changes.len(), 1);
    }

    #[tokio::test]
    async fn of_nodes_that_start_at_once_one_makes_it_and_the_others_start_all_the_same() {
        let taken = || [CommitError::Taken(Taken("email"))];
        let made = Some(User { administrator: true, ..john() });
        let world = World::of(vec![None, None, made]).failing(taken());
        assert!(first(&world).await.is_ok());
        // But where the name is somebody else's, it is told.
        let world = World::nobody().failing(taken());
        assert!(matches!(first(&world).await, Err(Error::EmailTaken)));
    }
}
