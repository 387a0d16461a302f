use std::sync::Arc;

use kernel::{Act, Decided, Problems, Secret, SessionId, Store, UnitOfWork, UserId, Write, carry_out};

use crate::check_password::{CheckPassword, Proved};
use crate::model::{MailedPurpose, Password, PersonName, User};
use crate::ports::{Guessed, PasswordHasher, Standings, Users};
use crate::{Action, Change, Error, Happening, mails};

/// Changes a user's password by the current one.
pub struct ChangePassword {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Where they belong: words that are no password of theirs.
    pub standings: Arc<dyn Standings>,
    /// What compares passwords.
    pub check: Arc<CheckPassword>,
    /// What hashes the new one.
    pub hasher: Arc<dyn PasswordHasher>,
}

/// What is given.
#[derive(Clone, Debug)]
pub struct ChangePasswordInput {
    /// Whose.
    pub user: UserId,
    /// In which session: it goes on, all others end.
    pub session: SessionId,
    /// The current password.
    pub current: Secret,
    /// The new one.
    pub new: Secret,
}

impl ChangePassword {
    /// What is wrong with the new one is told first and counts as no attempt.
    pub async fn run(&self, act: &Act, input: ChangePasswordInput) -> Result<(), Error> {
        let user = self.users.by_id(input.user).await?.ok_or(Error::TokenInvalid)?;
        let words = self.standings.words_of(user.id).await?;
        let password = fit(user.words(), &words, input.new.clone()).map_err(|it| of_field("new_password", &it))?;
        if input.current == input.new {
            let same = Problems::one("new_password", "The new_password field must be another than the current one.");
            return Err(same.into());
        }
        let proved = self.check.again(act, input.user, &input.current).await?;
        let outcome = self.change(act, &input, &proved, &password).await;
        self.check.settle(&proved, outcome).await
    }

    async fn change(
        &self,
        act: &Act,
        input: &ChangePasswordInput,
        proved: &Proved,
        password: &Password,
    ) -> Result<(), Error> {
        let hash = self.hasher.hash(password.secret()).await?;
        carry_out(self.store.as_ref(), act, || async {
            let user = self.check.still(proved).await?;
            let next = User { password: Some(hash.clone()), ..user.clone() };
            let unit = UnitOfWork::of(act, &Action::PasswordChanged(user.id))
                .expect(crate::start_session::guard(&user))
                .change(Change::User(Write::Save { expected: user.clone(), next: next.clone() }))
                .change(Change::EndSessions { user: user.id, except: Some(input.session), at: act.at })
                .change(Change::RevokeMailedTokens {
                    user: user.id,
                    purposes: &[MailedPurpose::ResetPassword, MailedPurpose::ChangeEmail],
                    since: None,
                })
                .change(Change::ForgetFailures(Guessed::Password(user.email.clone())))
                .announce(&Happening::UserUpdated { user: next, changed: &["password"] })
                .mail(mails::notice(act, &user, "password_changed"));
            Ok(Decided::Done(unit, ()))
        })
        .await
    }
}

/// A password for somebody whose own words are these, and whose organizations are called so.
pub fn fit(own: [Option<&str>; 3], words: &[String], password: Secret) -> Result<Password, Problems> {
    let context: Vec<&str> = own.into_iter().flatten().chain(words.iter().map(String::as_str)).collect();
    Password::parse(password, &context)
}

impl User {
    /// The words that are no password of theirs: address and names.
    pub(crate) fn words(&self) -> [Option<&str>; 3] {
        [Some(self.email.as_str()), Some(self.username.as_str()), self.name.as_ref().map(PersonName::as_str)]
    }
}

/// The problems of a password under another field's name.
#[must_use]
pub fn of_field(field: &'static str, problems: &Problems) -> Problems {
    let mut renamed = Problems::default();
    for (_, sentences) in problems.iter() {
        for sentence in sentences {
            renamed.add(field, sentence.replace("The password field", &format!("The {field} field")));
        }
    }
    renamed
}

#[cfg(test)]
mod tests;
