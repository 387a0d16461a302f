use std::sync::Arc;

use kernel::{Act, Evidence, Secret, TokenHash};

use crate::model::User;
use crate::ports::MailedTokens;
use crate::{Action, Error, Happening};

/// Proves an address by the token that was mailed to it.
pub struct VerifyEmail {
    /// What uses tokens up.
    pub tokens: Arc<dyn MailedTokens>,
}

/// A mailed token, presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// SHA-256 of what was presented.
    pub presented: TokenHash,
}

impl VerifyEmail {
    /// Once; a second time the token is invalid.
    pub async fn run(&self, act: &Act, presented: &Secret) -> Result<(), Error> {
        let claim = Claim { presented: TokenHash::of(presented.expose()) };
        self.tokens.verify_email(act, claim).await?.map(|_| ()).ok_or(Error::TokenInvalid)
    }
}

/// What a won claim leaves behind; `user` as it is after it.
#[must_use]
pub fn witness(act: &Act, user: &User) -> Evidence {
    Evidence::of(act, &Action::EmailVerified(user.id))
        .announce(act, &Happening::UserUpdated { user: user.clone(), changed: &["is_verified"] })
}
