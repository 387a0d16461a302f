use std::sync::Arc;

use kernel::{Act, Decided, EmailAddress, Problems, Secret, Store, Time, UnitOfWork, UserId, Write, carry_out, recall};
use serde::{Deserialize, Serialize};

use crate::mails;
use crate::model::{Lifetimes, MailedPurpose, MailedToken, Password, PasswordHash, User, UserStatus, Username};
use crate::ports::{CurrentSettings, MailAllowances, PasswordHasher, Users};
use crate::{Action, Change, Error, Happening};

/// Makes an account and mails a link that proves its address.
pub struct Register {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// What hashes the password.
    pub hasher: Arc<dyn PasswordHasher>,
    /// How many mails an address is sent.
    pub allowances: Arc<dyn MailAllowances>,
    /// Who may, what they are told, and how long the link is good.
    pub settings: Arc<dyn CurrentSettings>,
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
        let settings = self.settings.current().await?;
        if !settings.registration.open {
            return Err(Error::RegistrationClosed);
        }
        let (email, username, password) = check(&input, &[])?;
        let hash = self.hasher.hash(password.secret()).await?;
        let new =
            NewUser { id: act.id(), email, username, password: Some(hash), verified: false, administrator: false };
        if !settings.registration.conceal {
            return carry_out(self.store.as_ref(), act, || {
                let unit = decide(act, new.clone(), &settings.lifetimes).0;
                std::future::ready(Ok(Decided::Done(unit, Registered::of(act, &new))))
            })
            .await;
        }
        // The same for every address, so that the time it takes does not tell either.
        let most = settings.limits.mails_per_hour;
        let tell = self.allowances.spend("already_registered", &new.email.key(), most, act.at).await?;
        match carry_out(self.store.as_ref(), act, || self.conceal(act, &new, &settings.lifetimes, tell, false)).await {
            // It is taken by somebody who is not found by it: it was somebody's lately, or is since a moment ago.
            Err(Error::EmailTaken) => {
                carry_out(self.store.as_ref(), act, || self.conceal(act, &new, &settings.lifetimes, tell, true)).await
            }
            outcome => outcome,
        }
    }

    async fn conceal(
        &self,
        act: &Act,
        new: &NewUser,
        lifetimes: &Lifetimes,
        tell: bool,
        taken: bool,
    ) -> Result<Decided<Change, Registered, Error>, Error> {
        let owner = self.users.by_email(&new.email).await?;
        let unit = if owner.is_none() && !taken {
            decide(act, new.clone(), lifetimes).0
        } else {
            let unit = decoy(act, new, owner.as_ref());
            match owner {
                Some(owner) if tell && owner.status == UserStatus::Active => {
                    unit.mail(mails::notice(act, &owner, "already_registered"))
                }
                _ => unit,
            }
        };
        Ok(Decided::Done(unit, Registered::of(act, new)))
    }
}

impl Registered {
    fn of(act: &Act, new: &NewUser) -> Self {
        Self {
            id: new.id,
            email: new.email.clone(),
            username: new.username.clone(),
            is_verified: false,
            created_at: act.at,
        }
    }
}

/// What is written where the address is taken and that is to stay hidden: an account that is nobody's. Without it the name
/// would still be free, and asking for it again would tell.
fn decoy(act: &Act, new: &NewUser, owner: Option<&User>) -> UnitOfWork<Change> {
    let user = User {
        email: EmailAddress::nobodys(act.ids.uuid(act.at)),
        password: None,
        status: UserStatus::Erased,
        deleted_at: Some(act.at),
        ..account(act, new.clone())
    };
    let action = Action::RegistrationConcealed(owner.map(|it| it.id));
    UnitOfWork::of(act, &action).change(Change::User(Write::Add(user)))
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
    /// Whether it administers the whole installation.
    pub administrator: bool,
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

fn account(act: &Act, new: NewUser) -> User {
    User {
        id: new.id,
        email: new.email,
        username: new.username,
        name: None,
        avatar: None,
        password: new.password,
        verified_at: new.verified.then_some(act.at),
        status: UserStatus::Active,
        administrator: new.administrator,
        deleted_at: None,
        created_at: act.at,
        version: 0,
    }
}

/// A new account; where its address is not proved yet, with the mail that asks for it.
#[must_use]
pub fn decide(act: &Act, new: NewUser, lifetimes: &Lifetimes) -> (UnitOfWork<Change>, User) {
    let verified = new.verified;
    let user = account(act, new);
    let unit = UnitOfWork::of(act, &Action::UserCreated(user.id))
        .change(Change::User(Write::Add(user.clone())))
        .announce(&Happening::UserCreated(user.clone()));
    if verified {
        return (unit, user);
    }
    let token = act.token();
    let mailed = MailedToken {
        hash: token.hash(),
        purpose: MailedPurpose::VerifyEmail,
        user: user.id,
        email: user.email.clone(),
        issued_at: act.at,
        expires_at: act.at + lifetimes.verification,
        tries: 0,
    };
    let unit = unit.change(Change::MailedToken(Write::Add(mailed))).mail(mails::verify_email(act, &user, &token));
    (unit, user)
}

#[cfg(test)]
mod tests;
