//! What each mailed token is good for. The port that uses tokens up asks here, with token and user locked, and carries out
//! what is granted in the same transaction.

use kernel::{Act, EmailAddress, Evidence, TokenHash, UnitOfWork, UserId, Write};

use crate::model::{Key, Lifetimes, MailedPurpose, MailedToken, PasswordHash, User, UserStatus};
use crate::ports::Guessed;
use crate::{Action, Change, Happening, keys, mails};

/// A mailed token, presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redemption {
    /// Proves the address.
    VerifyEmail(TokenHash),
    /// Makes the new address the address; the way back lives as long as these lifetimes say.
    ConfirmEmailChange(TokenHash, Lifetimes),
    /// Gives the old address back.
    UndoEmailChange(TokenHash),
    /// Takes a deletion back.
    RecoverAccount(TokenHash),
    /// Sets a new password by a temporary one.
    ResetPassword {
        /// Whose, as given.
        email: EmailAddress,
        /// SHA-256 of the temporary password.
        temporary: TokenHash,
        /// The new password's hash.
        password: PasswordHash,
        /// Whether the new one is made of words of the owner's: told to nobody without the right temporary password.
        unfit: bool,
    },
}

impl Redemption {
    /// What the token must be good for.
    #[must_use]
    pub const fn purpose(&self) -> MailedPurpose {
        match self {
            Self::VerifyEmail(_) => MailedPurpose::VerifyEmail,
            Self::ConfirmEmailChange(..) => MailedPurpose::ChangeEmail,
            Self::UndoEmailChange(_) => MailedPurpose::UndoEmailChange,
            Self::RecoverAccount(_) => MailedPurpose::RecoverAccount,
            Self::ResetPassword { .. } => MailedPurpose::ResetPassword,
        }
    }

    /// How the token is found.
    #[must_use]
    pub const fn presented(&self) -> Presented<'_> {
        match self {
            Self::VerifyEmail(hash)
            | Self::ConfirmEmailChange(hash, _)
            | Self::UndoEmailChange(hash)
            | Self::RecoverAccount(hash) => Presented::Token(hash),
            Self::ResetPassword { email, .. } => Presented::Address(email),
        }
    }

    /// Whether the rule is shown the organizations' keys that the user answers for, too.
    #[must_use]
    pub const fn asks_for_keys(&self) -> bool {
        matches!(self, Self::UndoEmailChange(_))
    }
}

/// How a token is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented<'a> {
    /// By itself.
    Token(&'a TokenHash),
    /// By its owner's address, each time counted as a try.
    Address(&'a EmailAddress),
}

/// The rule's word.
#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    /// The token is used up, and this happens; then the user is so.
    Granted(Box<(UnitOfWork<Change>, User)>),
    /// The token stays as it is, and this is written.
    Refused(Evidence),
    /// It is right, but the new password is not; the token stays as it is.
    PasswordUnfit,
}

/// What a redemption comes to; `found` is the token with its purpose, and its user, where there are any; `keys` are the
/// organizations' that the user answers for, where it [asks for them](Redemption::asks_for_keys).
#[must_use]
pub fn decide(act: &Act, redemption: &Redemption, found: Option<(&MailedToken, &User)>, keys: &[Key]) -> Word {
    let Some((token, user)) = found.filter(|(token, user)| is_good(act, redemption, token, user)) else {
        return Word::Refused(refusal(act, redemption, found.map(|(_, user)| user)));
    };
    if matches!(redemption, Redemption::ResetPassword { unfit: true, .. }) {
        return Word::PasswordUnfit;
    }
    let (unit, user) = match redemption {
        Redemption::VerifyEmail(_) => verify(act, user),
        Redemption::ConfirmEmailChange(_, lifetimes) => change_email(act, user, token, lifetimes),
        Redemption::UndoEmailChange(_) => undo_email_change(act, user, token, keys),
        Redemption::RecoverAccount(_) => recover(act, user),
        Redemption::ResetPassword { password, .. } => reset_password(act, user, password),
    };
    Word::Granted(Box::new((unit, user)))
}

fn is_good(act: &Act, redemption: &Redemption, token: &MailedToken, user: &User) -> bool {
    let stands = match redemption {
        Redemption::RecoverAccount(_) => user.status == UserStatus::Deleted,
        // A thief of the account must not close the way back by having it deleted.
        Redemption::UndoEmailChange(_) => matches!(user.status, UserStatus::Active | UserStatus::Deleted),
        _ => user.status == UserStatus::Active,
    };
    let right = match redemption {
        Redemption::ResetPassword { temporary, .. } => {
            token.hash == *temporary && token.tries <= MailedToken::MOST_TRIES && token.email.key() == user.email.key()
        }
        Redemption::VerifyEmail(_) => token.email.key() == user.email.key(),
        _ => true,
    };
    right && token.purpose == redemption.purpose() && act.at < token.expires_at && stands
}

fn refusal(act: &Act, redemption: &Redemption, user: Option<&User>) -> Evidence {
    match redemption {
        Redemption::ResetPassword { email, .. } => {
            let user = user.map(|it| it.id);
            Evidence::of(act, &Action::PasswordResetFailed { email: email.clone(), user })
        }
        // A link that was used or has expired is clicked every day.
        _ => Evidence::default(),
    }
}

fn save(unit: UnitOfWork<Change>, user: &User, next: &User) -> UnitOfWork<Change> {
    if user == next {
        unit
    } else {
        unit.change(Change::User(Write::Save { expected: user.clone(), next: next.clone() }))
    }
}

fn revoke(user: UserId, purposes: &'static [MailedPurpose]) -> Change {
    Change::RevokeMailedTokens { user, purposes, since: None }
}

fn verify(act: &Act, user: &User) -> (UnitOfWork<Change>, User) {
    let next = User { verified_at: user.verified_at.or(Some(act.at)), ..user.clone() };
    let unit = save(UnitOfWork::of(act, &Action::EmailVerified(user.id)), user, &next);
    let unit = match user.verified_at {
        Some(_) => unit,
        None => unit.announce(&Happening::UserUpdated { user: next.clone(), changed: &["is_verified"] }),
    };
    (unit, next)
}

/// Links to the old address are worth nothing any more, but the one that leads back.
fn change_email(act: &Act, user: &User, token: &MailedToken, lifetimes: &Lifetimes) -> (UnitOfWork<Change>, User) {
    let next = User { email: token.email.clone(), verified_at: Some(act.at), ..user.clone() };
    let undo = act.token();
    let way_back = MailedToken {
        hash: undo.hash(),
        purpose: MailedPurpose::UndoEmailChange,
        user: user.id,
        email: user.email.clone(),
        issued_at: act.at,
        expires_at: act.at + lifetimes.email_undo,
        tries: 0,
    };
    let unit = save(UnitOfWork::of(act, &Action::EmailChanged(user.id)), user, &next)
        .change(revoke(
            user.id,
            &[MailedPurpose::VerifyEmail, MailedPurpose::ResetPassword, MailedPurpose::ChangeEmail],
        ))
        .change(Change::MailedToken(Write::Add(way_back)))
        .announce(&Happening::UserUpdated { user: next.clone(), changed: &["email", "is_verified"] })
        .mail(mails::email_changed(act, user, &next.email, &undo));
    (unit, next)
}

/// That change and all after it, a deletion included: ways back that later addresses were sent would lead to a thief.
fn undo_email_change(act: &Act, user: &User, token: &MailedToken, keys: &[Key]) -> (UnitOfWork<Change>, User) {
    let next = User {
        email: token.email.clone(),
        verified_at: Some(act.at),
        // Whoever changed it may know the password: a new one is set by way of the mailbox.
        password: None,
        status: UserStatus::Active,
        deleted_at: None,
        ..user.clone()
    };
    let changed: &[&str] = if user.status == next.status {
        &["email", "is_verified", "password"]
    } else {
        &["email", "is_verified", "password", "status"]
    };
    let unit = save(UnitOfWork::of(act, &Action::EmailChangeUndone(user.id)), user, &next)
        .change(Change::EndSessions { user: user.id, except: None, at: act.at })
        // Whoever changed the address may have made other ways in since.
        .change(Change::RevokeCredentials { user: user.id, since: Some(token.issued_at), totp: true })
        .change(revoke(
            user.id,
            &[
                MailedPurpose::VerifyEmail,
                MailedPurpose::ResetPassword,
                MailedPurpose::ChangeEmail,
                MailedPurpose::RecoverAccount,
            ],
        ))
        .change(Change::RevokeMailedTokens {
            user: user.id,
            purposes: &[MailedPurpose::UndoEmailChange],
            since: Some(token.issued_at),
        })
        .announce(&Happening::UserUpdated { user: next.clone(), changed })
        .mail(mails::notice(act, &next, "email_change_undone"));
    // A key made before whose text is of after was rotated by them, too. Each organization is told.
    let theirs = keys.iter().filter(|it| it.text_at >= token.issued_at);
    (theirs.fold(unit, |unit, it| unit.and(keys::revoke(act, it))), next)
}

fn recover(act: &Act, user: &User) -> (UnitOfWork<Change>, User) {
    let next = User { status: UserStatus::Active, deleted_at: None, ..user.clone() };
    let unit = save(UnitOfWork::of(act, &Action::UserRecovered(user.id)), user, &next)
        .announce(&Happening::UserUpdated { user: next.clone(), changed: &["status"] })
        .mail(mails::notice(act, &next, "account_recovered"));
    (unit, next)
}

/// Proves the mailbox too, and releases a lock.
fn reset_password(act: &Act, user: &User, password: &PasswordHash) -> (UnitOfWork<Change>, User) {
    let next =
        User { password: Some(password.clone()), verified_at: user.verified_at.or(Some(act.at)), ..user.clone() };
    let changed: &[&str] = if user.verified_at.is_some() { &["password"] } else { &["password", "is_verified"] };
    let unit = save(UnitOfWork::of(act, &Action::PasswordReset(user.id)), user, &next)
        .change(Change::EndSessions { user: user.id, except: None, at: act.at })
        .change(revoke(user.id, &[MailedPurpose::ResetPassword, MailedPurpose::ChangeEmail]))
        .change(Change::ForgetFailures(Guessed::Password(user.email.clone())))
        .announce(&Happening::UserUpdated { user: next.clone(), changed })
        .mail(mails::notice(act, &next, "password_changed"));
    let unit = match user.verified_at {
        Some(_) => unit,
        // Nobody had proved to own the address: somebody else may have prepared the account.
        None => unit.change(Change::RevokeCredentials { user: user.id, since: None, totp: false }),
    };
    (unit, next)
}

#[cfg(test)]
mod tests;
