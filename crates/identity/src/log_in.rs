use std::sync::Arc;

use kernel::{Act, Decided, EmailAddress, OrganizationRef, Secret, Store, UnitOfWork, carry_out};

use crate::model::{Lifetimes, Password, SignedIn, User, UserStatus};
use crate::ports::{AccessTokens, PasswordHasher, Standings, Users};
use crate::start_session::{self, guard};
use crate::{Action, Change, Error};

/// Signs a user in by email and password.
pub struct LogIn {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Where they belong.
    pub standings: Arc<dyn Standings>,
    /// What compares passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// What signs access tokens.
    pub tokens: Arc<dyn AccessTokens>,
    /// How long what lives.
    pub lifetimes: Lifetimes,
}

/// What a person gives to sign in.
#[derive(Clone, Debug)]
pub struct LogInInput {
    /// The address.
    pub email: String,
    /// The password.
    pub password: Secret,
    /// Seed 002's choice of lifetimes; absent, seeds 000 and 001 hold.
    pub remember_me: Option<bool>,
    /// `X-Tenant` as sent; judged after the password.
    pub organization: Option<String>,
}

impl LogIn {
    /// One answer and one cost for an unknown address and a wrong password; both are written down.
    pub async fn run(&self, act: &Act, input: LogInInput) -> Result<SignedIn, Error> {
        let Some(email) = EmailAddress::parse(&input.email) else {
            self.hasher.verify(&clip(&input.password), None).await?;
            return Err(Error::InvalidCredentials);
        };
        let user = self.users.by_email(&email).await?;
        let hash = user.as_ref().and_then(|it| it.password.clone());
        let right = self.hasher.verify(&clip(&input.password), hash.clone()).await?;
        carry_out(self.store.as_ref(), act, || async {
            let user = self.users.by_email(&email).await?;
            match user {
                // The hash that was compared must still be the user's.
                Some(user) if right && user.password == hash && user.status == UserStatus::Active => {
                    self.open(act, &user, &input).await
                }
                other => Ok(refuse(act, &email, other.as_ref())),
            }
        })
        .await
    }

    async fn open(
        &self,
        act: &Act,
        user: &User,
        input: &LogInInput,
    ) -> Result<Decided<Change, SignedIn, Error>, Error> {
        let wanted = match &input.organization {
            Some(text) => Some(OrganizationRef::parse(text).ok_or(Error::OrganizationNotFound)?),
            None => None,
        };
        let chosen = wanted.is_some();
        let standing = self.standings.of(user.id, wanted).await?;
        match &standing {
            None if chosen => return Err(Error::OrganizationNotFound),
            Some(it) if !it.active => return Err(Error::MemberSuspended),
            _ => {}
        }
        let (unit, opened) =
            start_session::decide(act, act.id(), user, standing.as_ref(), input.remember_me, &self.lifetimes);
        let answer = start_session::issue(
            act,
            self.tokens.as_ref(),
            &opened.session,
            user,
            standing.as_ref(),
            &opened.refresh_token,
        )?;
        Ok(Decided::Done(unit.expect(guard(user)), answer))
    }
}

fn refuse(act: &Act, email: &EmailAddress, user: Option<&User>) -> Decided<Change, SignedIn, Error> {
    let reason = match user {
        None => "unknown_email",
        Some(user) if user.status != UserStatus::Active => "user_not_active",
        Some(_) => "wrong_password",
    };
    let action = Action::LoginFailed { email: email.clone(), user: user.map(|it| it.id), reason };
    Decided::Refused(UnitOfWork::of(act, &action), Error::InvalidCredentials)
}

/// What is too long to be anybody's password is not worth hashing, but costs the same.
fn clip(password: &Secret) -> Secret {
    if password.expose().chars().count() > Password::MAX { Secret::new("") } else { password.clone() }
}

#[cfg(test)]
mod tests;
