use std::sync::Arc;

use kernel::{Act, EmailAddress, Problems, Secret, TokenHash};

use crate::Error;
use crate::change_password::{fit, of_field};
use crate::model::{Password, User};
use crate::ports::{MailedTokens, PasswordHasher, Redeemed, Standings, Users};
use crate::redeem::Redemption;

/// Sets a new password by the temporary one that was mailed.
pub struct ResetPassword {
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Where they belong: words that are no password of theirs.
    pub standings: Arc<dyn Standings>,
    /// What uses temporary passwords up.
    pub tokens: Arc<dyn MailedTokens>,
    /// What hashes the new one.
    pub hasher: Arc<dyn PasswordHasher>,
}

/// What is given.
#[derive(Clone, Debug)]
pub struct ResetPasswordInput {
    /// The address.
    pub email: String,
    /// From the mail.
    pub temporary: Secret,
    /// The new password.
    pub new: Secret,
}

impl ResetPassword {
    /// Ends every session, releases a lock and signs nobody in. Of an unknown address and a wrong temporary password
    /// nothing is told apart.
    pub async fn run(&self, act: &Act, input: ResetPasswordInput) -> Result<(), Error> {
        let new = |problems: &Problems| of_field("new_password", problems);
        let password = Password::parse(input.new.clone(), &[&input.email]).map_err(|it| new(&it))?;
        let Some(email) = EmailAddress::parse(&input.email) else {
            return Err(Error::InvalidCredentials);
        };
        let hash = self.hasher.hash(password.secret()).await?;
        let personal = self.personal(act, &email, input.new).await?;
        let redemption = Redemption::ResetPassword {
            email,
            temporary: TokenHash::of(input.temporary.expose().trim()),
            password: hash,
            unfit: personal.is_some(),
        };
        match (self.tokens.redeem(act, redemption).await?, personal) {
            (Redeemed::Done(_), _) => Ok(()),
            (Redeemed::PasswordUnfit, Some(problems)) => Err(new(&problems).into()),
            (Redeemed::Taken(taken), _) => Err(taken.into()),
            (Redeemed::Worthless | Redeemed::PasswordUnfit, _) => Err(Error::InvalidCredentials),
        }
    }

    /// What is wrong with the password for whose it is to be. For an address that is nobody's the same is looked at, so
    /// that the time it takes does not tell.
    async fn personal(&self, act: &Act, email: &EmailAddress, password: Secret) -> Result<Option<Problems>, Error> {
        let user = self.users.by_email(email).await?;
        let words = self.standings.words_of(user.as_ref().map_or_else(|| act.id(), |it| it.id)).await?;
        let own = user.as_ref().map_or([Some(email.as_str()), None, None], User::words);
        Ok(fit(own, &words, password).err())
    }
}

#[cfg(test)]
mod tests {
    use kernel::Taken;
    use kernel::testing::act;

    use super::*;
    use crate::ports::{MockMailedTokens, MockPasswordHasher};
    use crate::testing::PlainHasher;
    use crate::world::{World, address, john};

    const NEW: &str = "Quiet-Lantern-7!";
    const OWN: &str = "Honey-Farm-2026!";

    fn input(new: &str) -> ResetPasswordInput {
        let temporary = Secret::new(" 0123abcd\n");
        ResetPasswordInput { email: "User@Example.com".into(), temporary, new: Secret::new(new) }
    }

    /// The port is asked once for this and answers so.
    async fn reset(world: &World, new: &'static str, unfit: bool, answer: Redeemed) -> Result<(), Error> {
        let mut tokens = MockMailedTokens::new();
        let expected = Redemption::ResetPassword {
            email: address("User@Example.com"),
            temporary: TokenHash::of("0123abcd"),
            password: PlainHasher::of(new),
            unfit,
        };
        tokens.expect_redeem().times(1).withf(move |_, it| *it == expected).return_once(|_, _| Ok(answer));
        use_case(world, tokens).run(&act(), input(new)).await
    }

    fn use_case(world: &World, tokens: MockMailedTokens) -> ResetPassword {
        let (users, standings) = (world.users(), world.standings());
        ResetPassword { users, standings, tokens: Arc::new(tokens), hasher: Arc::new(PlainHasher) }
    }

    #[tokio::test]
    async fn the_right_temporary_password_sets_the_new_one() {
        assert!(reset(&World::john(), NEW, false, Redeemed::Done(Box::new(john()))).await.is_ok());
    }

    #[tokio::test]
    async fn an_unknown_address_and_a_wrong_temporary_password_are_one_answer_and_cost_a_hash() {
        for world in [World::john(), World::nobody()] {
            let outcome = reset(&world, NEW, false, Redeemed::Worthless).await;
            assert!(matches!(outcome, Err(Error::InvalidCredentials)));
        }
    }

    #[tokio::test]
    async fn a_password_of_ones_own_words_is_told_only_with_the_right_temporary_one() {
        let outcome = reset(&World::john(), OWN, true, Redeemed::Worthless).await;
        assert!(matches!(outcome, Err(Error::InvalidCredentials)));
        let Err(Error::Invalid(problems)) = reset(&World::john(), OWN, true, Redeemed::PasswordUnfit).await else {
            panic!()
        };
        assert_eq!(problems.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["new_password"]);
        // Nobody's words are nobody's.
        assert!(reset(&World::nobody(), OWN, false, Redeemed::Worthless).await.is_err());
    }

    #[tokio::test]
    async fn what_is_wrong_with_the_new_one_alone_is_told_without_asking() {
        for new in ["short", "User@Example.com1A"] {
            let mut tokens = MockMailedTokens::new();
            tokens.expect_redeem().never();
            let outcome = use_case(&World::john(), tokens).run(&act(), input(new)).await;
            let Err(Error::Invalid(problems)) = outcome else { panic!("{outcome:?}") };
            assert_eq!(problems.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["new_password"]);
        }
    }

    #[tokio::test]
    async fn what_is_no_address_has_no_temporary_password() {
        let mut hasher = MockPasswordHasher::new();
        hasher.expect_hash().never();
        let reset = ResetPassword { hasher: Arc::new(hasher), ..use_case(&World::john(), MockMailedTokens::new()) };
        let input = ResetPasswordInput { email: "nobody".into(), ..input(NEW) };
        assert!(matches!(reset.run(&act(), input).await, Err(Error::InvalidCredentials)));
    }

    #[tokio::test]
    async fn a_taken_value_is_named() {
        let outcome = reset(&World::john(), NEW, false, Redeemed::Taken(Taken("email"))).await;
        assert!(matches!(outcome, Err(Error::EmailTaken)));
    }
}
