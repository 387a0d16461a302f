use std::sync::Arc;

use kernel::{Act, Decided, EmailAddress, Fault, Secret, Store, Turn, UnitOfWork, UserId, carry_out};

use crate::gate::Gate;
use crate::model::{Password, PasswordHash, User, UserStatus};
use crate::ports::{Admission, Attempts, CurrentSettings, Guessed, PasswordHasher, Users};
use crate::{Action, Change, Error, Happening, mails};

/// What every door asks at which a password is given. The attempt is counted before the password is looked at, for the
/// address and not for the account, so that all doors share one count and unknown addresses have theirs.
pub struct CheckPassword {
    /// Where refusals are written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// How often was tried.
    pub attempts: Arc<dyn Attempts>,
    /// What compares passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// When is locked.
    pub settings: Arc<dyn CurrentSettings>,
    /// Where attempts on one address wait for each other.
    pub gate: Gate,
}

/// Somebody who gave the right password. Its failures are forgotten by the unit that lets it in: see [`Proved::welcome`].
pub struct Proved {
    user: User,
    password: Secret,
    /// The hash as it would be made today, where the stored one was made otherwise.
    renewed: Option<PasswordHash>,
    _turn: Turn,
}

/// At which door, for what is written of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// By nobody yet.
    SignIn,
    /// By somebody signed in.
    Inside(UserId),
}

impl CheckPassword {
    /// Signing in. One answer and one cost for an unknown address and a wrong password; refusals are written down.
    pub async fn sign_in(&self, act: &Act, email: &EmailAddress, password: &Secret) -> Result<Proved, Error> {
        self.attempt(act, email, password, Door::SignIn).await
    }

    /// Somebody signed in proves again who they are.
    pub async fn again(&self, act: &Act, user: UserId, password: &Secret) -> Result<Proved, Error> {
        let user = self.users.by_id(user).await?.filter(|it| it.status == UserStatus::Active);
        let user = user.ok_or(Error::TokenInvalid)?;
        let proved = self.attempt(act, &user.email, password, Door::Inside(user.id)).await?;
        // Somebody else may have the address by now.
        if proved.user.id == user.id { Ok(proved) } else { Err(Error::TokenInvalid) }
    }

    /// What is no address is nobody's and counts for nobody, but costs the same.
    pub async fn in_vain(&self, password: &Secret) -> Result<Error, Fault> {
        self.hasher.verify(&clip(password), None).await?;
        Ok(Error::InvalidCredentials)
    }

    async fn attempt(&self, act: &Act, email: &EmailAddress, password: &Secret, door: Door) -> Result<Proved, Error> {
        let turn = self.gate.enter(email.key()).await?;
        let settings = self.settings.current().await?;
        let guessed = Guessed::Password(email.clone());
        let Admission::Counted(number) = self.attempts.begin(&guessed, settings.lockout, act.at).await? else {
            self.refuse(act, refusal(act, email, None, door, "locked")).await?;
            return Err(Error::AccountLocked);
        };
        // Who is inside knows of their account.
        let conceal = settings.registration.conceal && door == Door::SignIn;
        match self.look(email, password, conceal).await {
            Ok(Looked::Right { user, renewed }) => {
                Ok(Proved { user, password: password.clone(), renewed, _turn: turn })
            }
            Ok(Looked::Wrong { user, reason }) => {
                let unit = refusal(act, email, user.as_ref(), door, reason);
                let locks = number >= settings.lockout.threshold;
                self.refuse(act, if locks { unit.and(lock(act, email, user.as_ref())) } else { unit }).await?;
                Err(Error::InvalidCredentials)
            }
            Err(fault) => {
                // It was not looked at, so it can't have been wrong.
                self.attempts.withdraw(&guessed).await?;
                Err(fault.into())
            }
        }
    }

    async fn look(&self, email: &EmailAddress, password: &Secret, conceal: bool) -> Result<Looked, Fault> {
        let user = self.users.by_email(email).await?;
        let hash = user.as_ref().and_then(|it| it.password.clone());
        let right = self.hasher.verify(&clip(password), hash.clone()).await?;
        let (Some(user), Some(hash)) = (user.clone(), hash) else {
            let reason = if user.is_some() { "no_password" } else { "unknown_email" };
            return Ok(Looked::Wrong { user, reason });
        };
        if let Some(reason) = user.unfit(right, conceal) {
            return Ok(Looked::Wrong { user: Some(user), reason });
        }
        // Where there is no time for it now, there is at the next sign-in.
        let renewed = if self.hasher.is_outdated(&hash) { self.hasher.hash(password).await.ok() } else { None };
        Ok(Looked::Right { user, renewed })
    }

    async fn refuse(&self, act: &Act, unit: UnitOfWork<Change>) -> Result<(), Error> {
        // A refusal is no answer to remember.
        let act = Act { idempotency: None, ..act.clone() };
        carry_out(self.store.as_ref(), &act, || std::future::ready(Ok(Decided::Done(unit.clone(), ())))).await
    }

    /// Takes the attempt back where what should have followed the right password failed without anybody's doing: otherwise
    /// a fault of ours that lasts would lock everybody out.
    pub(crate) async fn settle<T>(&self, proved: &Proved, outcome: Result<T, Error>) -> Result<T, Error> {
        if let Err(Error::Fault(_)) = outcome {
            self.attempts.withdraw(&Guessed::Password(proved.user.email.clone())).await?;
        }
        outcome
    }

    /// The user as it is now, where what was proved still holds: another password since then must be the one given.
    pub(crate) async fn still(&self, proved: &Proved) -> Result<User, Error> {
        let user = self.users.by_id(proved.user.id).await?.filter(|it| it.status == UserStatus::Active);
        let user = user.ok_or(Error::InvalidCredentials)?;
        let holds = user.password == proved.user.password
            || self.hasher.verify(&clip(&proved.password), user.password.clone()).await?;
        if holds && user.email.key() == proved.user.email.key() { Ok(user) } else { Err(Error::InvalidCredentials) }
    }
}

enum Looked {
    Right { user: User, renewed: Option<PasswordHash> },
    Wrong { user: Option<User>, reason: &'static str },
}

impl User {
    /// Why a password does not let the user in.
    fn unfit(&self, right: bool, conceal: bool) -> Option<&'static str> {
        if self.status != UserStatus::Active {
            return Some("user_not_active");
        }
        if !right {
            return Some("wrong_password");
        }
        (conceal && self.verified_at.is_none()).then_some("email_not_verified")
    }
}

impl Proved {
    /// Who it is, as they were when they proved it.
    pub(crate) const fn user(&self) -> &User {
        &self.user
    }

    /// What every unit that lets them in brings with it: the failures are forgotten, and an old-fashioned hash gives way to
    /// a new one. `user` is as [`CheckPassword::still`] answered it.
    pub(crate) fn welcome(&self, unit: UnitOfWork<Change>, user: &User) -> UnitOfWork<Change> {
        use kernel::Write;
        let unit = unit
            .expect(crate::start_session::guard(user))
            .change(Change::ForgetFailures(Guessed::Password(user.email.clone())));
        match &self.renewed {
            Some(hash) if user.password == self.user.password => {
                let next = User { password: Some(hash.clone()), ..user.clone() };
                unit.change(Change::User(Write::Save { expected: user.clone(), next }))
            }
            _ => unit,
        }
    }
}

fn refusal(
    act: &Act,
    email: &EmailAddress,
    user: Option<&User>,
    door: Door,
    reason: &'static str,
) -> UnitOfWork<Change> {
    match door {
        Door::Inside(user) => UnitOfWork::of(act, &Action::PasswordRefused { user, reason }),
        Door::SignIn => {
            let user = user.map(|it| it.id);
            UnitOfWork::of(act, &Action::LoginFailed { email: email.clone(), user, reason })
        }
    }
}

/// This one was the last: from now on none is looked at.
fn lock(act: &Act, email: &EmailAddress, user: Option<&User>) -> UnitOfWork<Change> {
    let unit = UnitOfWork::of(act, &Action::UserLocked { email: email.clone(), user: user.map(|it| it.id) });
    match user {
        Some(user) if user.status == UserStatus::Active => {
            unit.announce(&Happening::UserLocked(user.clone())).mail(mails::notice(act, user, "account_locked"))
        }
        _ => unit,
    }
}

/// What is too long to be anybody's password is not worth hashing, but costs the same.
fn clip(password: &Secret) -> Secret {
    if password.expose().chars().count() > Password::MAX { Secret::new("") } else { password.clone() }
}

#[cfg(test)]
mod tests;
