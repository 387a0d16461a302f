use std::sync::Arc;

use kernel::{Act, Decided, EmailAddress, Problems, Secret, Store, Time, UnitOfWork, UserId, Write, carry_out, recall};
use serde::{Deserialize, Serialize};

use crate::mails;
use crate::model::{Lifetimes, MailedPurpose, MailedToken, Password, PasswordHash, User, UserStatus, Username};
use crate::ports::PasswordHasher;
use crate::{Action, Change, Error, Happening};

/// Makes an account and mails a link that proves its address.
pub struct Register {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// What hashes the password.
    pub hasher: Arc<dyn PasswordHasher>,
    /// How long the link is good.
    pub lifetimes: Lifetimes,
}

/// What a person gives to get an account.
#[derive(Clone, Debug)]
pub struct RegisterInput {
    /// The address.
    pub email: String,
    /// The name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// The account that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Its id.
    pub id: UserId,
    /// Its address.
    pub email: EmailAddress,
    /// Its name.
    pub username: Username,
    /// Whether the address was proved.
    pub is_verified: bool,
    /// When it was made.
    pub created_at: Time,
}

impl Register {
    /// Checks, hashes, and writes account, mail and evidence as one.
    pub async fn run(&self, act: &Act, input: RegisterInput) -> Result<Registered, Error> {
        if let Some(answer) = recall(self.store.as_ref(), act).await? {
            return Ok(answer);
        }
        let (email, username, password) = check(&input, &[])?;
        let hash = self.hasher.hash(password.secret()).await?;
        let new = NewUser { id: act.id(), email, username, password: Some(hash), verified: false };
        carry_out(self.store.as_ref(), act, move || {
            let (unit, user) = decide(act, new.clone(), &self.lifetimes);
            let answer = Registered {
                id: user.id,
                email: user.email,
                username: user.username,
                is_verified: user.verified_at.is_some(),
                created_at: user.created_at,
            };
            async move { Ok(Decided::Done(unit, answer)) }
        })
        .await
    }
}

/// What is known of a user to be.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Its id.
    pub id: UserId,
    /// The address.
    pub email: EmailAddress,
    /// The name.
    pub username: Username,
    /// The password's hash.
    pub password: Option<PasswordHash>,
    /// Whether the address is already proved (an accepted invitation proves it).
    pub verified: bool,
}

/// Checks what a person gave, all of it at once; `context` are further words the password must not be made of.
pub fn check(input: &RegisterInput, context: &[&str]) -> Result<(EmailAddress, Username, Password), Problems> {
    let mut problems = Problems::default();
    let email =
        problems.check("email", EmailAddress::parse(&input.email), "The email field must be a valid email address.");
    let username = problems.check(
        "username",
        Username::parse(&input.username),
        "The username field must be 3 to 50 characters, only letters, digits and underscores.",
    );
    let context: Vec<&str> = context.iter().copied().chain([input.email.as_str(), input.username.as_str()]).collect();
    let password = Password::parse(input.password.clone(), &context).map_err(|it| problems.add_all("", it)).ok();
    match (email, username, password) {
        (Some(email), Some(username), Some(password)) => Ok((email, username, password)),
        _ => Err(problems),
    }
}

/// A new account; where its address is not proved yet, with the mail that asks for it.
#[must_use]
pub fn decide(act: &Act, new: NewUser, lifetimes: &Lifetimes) -> (UnitOfWork<Change>, User) {
    let user = User {
        id: new.id,
        email: new.email,
        username: new.username,
        password: new.password,
        verified_at: new.verified.then_some(act.at),
        status: UserStatus::Active,
        created_at: act.at,
        version: 0,
    };
    let unit = UnitOfWork::of(act, &Action::UserCreated(user.id))
        .change(Change::User(Write::Add(user.clone())))
        .announce(&Happening::UserCreated(user.clone()));
    if new.verified {
        return (unit, user);
    }
    let token = act.token();
    let mailed = MailedToken {
        hash: token.hash(),
        purpose: MailedPurpose::VerifyEmail,
        user: user.id,
        email: user.email.clone(),
        expires_at: act.at + lifetimes.verification,
    };
    let unit = unit.change(Change::MailedToken(Write::Add(mailed))).mail(mails::verify_email(act, &user, &token));
    (unit, user)
}

#[cfg(test)]
mod tests;
