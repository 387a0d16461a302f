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

#[cfg(test)]
mod tests {
    use kernel::Scope;
    use kernel::testing::{act, nth};
    use serde_json::json;

    use super::*;
    use crate::ports::MockMailedTokens;
    use crate::testing::johndoe;

    async fn verify(won: Option<User>) -> Result<(), Error> {
        let mut tokens = MockMailedTokens::new();
        tokens
            .expect_verify_email()
            .times(1)
            .withf(|_, claim| claim.presented == TokenHash::of("mailed"))
            .return_once(move |_, _| Ok(won));
        VerifyEmail { tokens: Arc::new(tokens) }.run(&act(), &Secret::new("mailed")).await
    }

    #[tokio::test]
    async fn a_token_proves_the_address_once() {
        assert!(verify(Some(johndoe(nth(50)))).await.is_ok());
        assert!(matches!(verify(None).await, Err(Error::TokenInvalid)));
    }

    #[test]
    fn a_won_claim_is_written_and_told() {
        let evidence = witness(&act(), &johndoe(nth(50)));
        assert_eq!((evidence.audit.len(), evidence.audit[0].action), (1, "user.email_verified"));
        let [event] = evidence.events.as_slice() else { panic!("{evidence:?}") };
        assert_eq!((event.kind, event.scope), ("user.updated", Scope::User(nth(50))));
        assert_eq!(event.data["changed"], json!(["is_verified"]));
        assert_eq!(event.data["user"]["is_verified"], json!(true));
    }
}
