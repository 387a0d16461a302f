use std::sync::Arc;

use kernel::{Act, Decided, PasskeyId, Problems, Store, UnitOfWork, UserId, Write, carry_out, recall};
use serde_json::Value;

use crate::check_passkey::CheckPasskey;
use crate::model::{Label, Passkey, User, UserStatus};
use crate::ports::{Ceremony, Refused, Users};
use crate::start_session::guard;
use crate::{Action, Change, CredentialDeed, Error, mails};

/// Makes a passkey of a user who has stepped up.
pub struct RegisterPasskey {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// What holds the ceremonies.
    pub passkeys: Arc<CheckPasskey>,
}

impl RegisterPasskey {
    /// How many a user may have.
    pub const MOST: usize = 20;

    /// What the browser is told; the challenge is good once, for this user.
    pub async fn begin(&self, user: UserId) -> Result<Value, Error> {
        let user = self.user(user).await?;
        let existing = self.passkeys.passkeys.of(user.id).await?;
        let Ceremony { challenge, options, state } =
            self.passkeys.ceremonies()?.begin_registration(&user, &existing)?;
        self.passkeys.ephemeral.put(&place(user.id, &challenge), &state, CheckPasskey::PATIENCE).await?;
        Ok(options)
    }

    /// Takes what the device made. What is not believed is written down.
    pub async fn finish(&self, act: &Act, user: UserId, name: &str, response: &Value) -> Result<Passkey, Error> {
        let label = Label::parse(name);
        let label =
            label.ok_or_else(|| Problems::one("name", "The name field must be 1 to 100 printable characters."))?;
        let ceremonies = self.passkeys.ceremonies()?;
        // Its challenge is used up: what was made is told again, and not asked for.
        if let Some(id) = recall(self.store.as_ref(), act).await? {
            return self.made(user, id).await;
        }
        let state = match ceremonies.identify(response) {
            Some((challenge, _)) => self.passkeys.ephemeral.take(&place(user, &challenge)).await?,
            None => None,
        };
        let made = match state {
            Some(state) => ceremonies.finish_registration(&state, response),
            None => Err(Refused("unknown_challenge")),
        };
        // What is decided anew is the same passkey.
        let id = act.id();
        let outcome = carry_out::<_, PasskeyId, Error, _, _>(self.store.as_ref(), act, || async {
            let user = self.user(user).await?;
            let credential = match &made {
                Ok(credential) => credential.clone(),
                Err(Refused(reason)) => {
                    let action = Action::ProofRejected { by: "passkey", user: Some(user.id), reason };
                    return Ok(Decided::Refused(UnitOfWork::of(act, &action), Error::ProofInvalid));
                }
            };
            let existing = self.passkeys.passkeys.of(user.id).await?;
            if existing.len() >= Self::MOST {
                return Err(Error::TooMany);
            }
            let passkey = Passkey {
                id,
                user: user.id,
                name: label.clone(),
                credential: credential.id,
                public: credential.public,
                created_at: act.at,
                last_used_at: None,
                version: 0,
            };
            let unit = UnitOfWork::of(act, &Action::Credential { deed: CredentialDeed::PasskeyAdded, user: user.id })
                .expect(guard(&user))
                .change(Change::Passkey(Write::Add(passkey)))
                .mail(mails::notice(act, &user, "passkey_added").with("name", label.as_str().to_owned()));
            Ok(Decided::Done(unit, id))
        })
        .await;
        self.made(user, outcome?).await
    }

    async fn made(&self, user: UserId, id: PasskeyId) -> Result<Passkey, Error> {
        let made = self.passkeys.passkeys.of(user).await?.into_iter().find(|it| it.id == id);
        made.ok_or(Error::PasskeyNotFound)
    }

    async fn user(&self, user: UserId) -> Result<User, Error> {
        let user = self.users.by_id(user).await?.filter(|it| it.status == UserStatus::Active);
        user.ok_or(Error::TokenInvalid)
    }
}

fn place(user: UserId, challenge: &str) -> String {
    format!("passkey of {user} {challenge}")
}

#[cfg(test)]
mod tests;
