use std::sync::Arc;

use kernel::{Act, Decided, Secret, Store, UnitOfWork, UserId, Write, carry_out};
use serde::{Deserialize, Serialize};

use crate::model::{Totp, UserStatus};
use crate::ports::{Totps, Users};
use crate::start_session::guard;
use crate::{Action, Change, CredentialDeed, Error};

/// Makes what codes of the moment are made of. Nothing is asked for before a first code confirms it.
pub struct SetUpMfa {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// What makes codes.
    pub totps: Arc<dyn Totps>,
    /// What authenticators call this installation.
    pub issuer: String,
}

/// What is shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaSetUp {
    /// What an authenticator is told, with the secret in it.
    #[serde(with = "kernel::exposed")]
    pub uri: Secret,
    /// Eight codes, each good once.
    pub recovery_codes: RecoveryCodes,
}

/// Codes to be shown once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryCodes(pub Vec<Secret>);

impl Serialize for RecoveryCodes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Secret::expose))
    }
}

impl<'de> Deserialize<'de> for RecoveryCodes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<String>::deserialize(deserializer).map(|codes| Self(codes.into_iter().map(Secret::new).collect()))
    }
}

impl SetUpMfa {
    /// Takes the place of one that was never confirmed; one that is on is not touched: [`Error::IllegalState`].
    pub async fn run(&self, act: &Act, user: UserId) -> Result<MfaSetUp, Error> {
        carry_out(self.store.as_ref(), act, || async {
            let user = self.users.by_id(user).await?.filter(|it| it.status == UserStatus::Active);
            let user = user.ok_or(Error::TokenInvalid)?;
            let before = self.totps.of(user.id).await?;
            if before.as_ref().is_some_and(Totp::is_on) {
                return Err(Error::IllegalState);
            }
            let (totp, codes) = Totp::generate(act, user.id);
            let uri = totp.uri(&self.issuer, &user).ok_or_else(|| kernel::Fault::defect("no otpauth URI"))?;
            let write = match before {
                None => Write::Add(totp),
                Some(expected) => Write::Save { next: Totp { version: expected.version, ..totp }, expected },
            };
            let action = Action::Credential { deed: CredentialDeed::MfaSetUp, user: user.id };
            let unit = UnitOfWork::of(act, &action).expect(guard(&user)).change(Change::Totp(write));
            Ok(Decided::Done(unit, MfaSetUp { uri, recovery_codes: RecoveryCodes(codes) }))
        })
        .await
    }
}

#[cfg(test)]
mod tests;
