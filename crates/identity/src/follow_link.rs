use std::sync::Arc;

use kernel::{Act, Secret, TokenHash};

use crate::Error;
use crate::ports::{CurrentSettings, MailedTokens, Redeemed};
use crate::redeem::Redemption;

/// Follows a mailed link, once.
pub struct FollowLink {
    /// What uses tokens up.
    pub tokens: Arc<dyn MailedTokens>,
    /// How long the way back is open.
    pub settings: Arc<dyn CurrentSettings>,
}

impl FollowLink {
    /// Proves the address.
    pub async fn verify_email(&self, act: &Act, token: &Secret) -> Result<(), Error> {
        self.redeem(act, Redemption::VerifyEmail(TokenHash::of(token.expose()))).await
    }

    /// Makes the new address the address; the old one is told, with a way back.
    pub async fn confirm_email_change(&self, act: &Act, token: &Secret) -> Result<(), Error> {
        let lifetimes = self.settings.current().await?.lifetimes;
        self.redeem(act, Redemption::ConfirmEmailChange(TokenHash::of(token.expose()), lifetimes)).await
    }

    /// Gives the old address back and ends every session.
    pub async fn undo_email_change(&self, act: &Act, token: &Secret) -> Result<(), Error> {
        self.redeem(act, Redemption::UndoEmailChange(TokenHash::of(token.expose()))).await
    }

    /// Takes a deletion back. Nobody is signed in by it: the usual factors are asked after it.
    pub async fn recover_account(&self, act: &Act, token: &Secret) -> Result<(), Error> {
        self.redeem(act, Redemption::RecoverAccount(TokenHash::of(token.expose()))).await
    }

    async fn redeem(&self, act: &Act, redemption: Redemption) -> Result<(), Error> {
        match self.tokens.redeem(act, redemption).await? {
            Redeemed::Done(_) => Ok(()),
            Redeemed::Taken(taken) => Err(taken.into()),
            Redeemed::Worthless | Redeemed::PasswordUnfit => Err(Error::TokenInvalid),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kernel::Taken;
    use kernel::testing::act;

    use super::*;
    use crate::model::{Lifetimes, Settings};
    use crate::ports::MockMailedTokens;
    use crate::testing::FixedSettings;
    use crate::world::john;

    fn lifetimes() -> Lifetimes {
        Lifetimes { email_undo: TimeDelta::days(3), ..Lifetimes::default() }
    }

    fn links(expected: Redemption, answer: Redeemed) -> FollowLink {
        let mut tokens = MockMailedTokens::new();
        tokens.expect_redeem().times(1).withf(move |_, it| *it == expected).return_once(|_, _| Ok(answer));
        let settings = Settings { lifetimes: lifetimes(), ..Settings::default() };
        FollowLink { tokens: Arc::new(tokens), settings: Arc::new(FixedSettings(settings)) }
    }

    async fn follow(expected: Redemption, answer: Redeemed) -> Result<(), Error> {
        let (act, token, wanted) = (act(), Secret::new("mailed"), expected.clone());
        let links = links(expected, answer);
        match wanted {
            Redemption::VerifyEmail(_) => links.verify_email(&act, &token).await,
            Redemption::ConfirmEmailChange(..) => links.confirm_email_change(&act, &token).await,
            Redemption::UndoEmailChange(_) => links.undo_email_change(&act, &token).await,
            Redemption::RecoverAccount(_) => links.recover_account(&act, &token).await,
            Redemption::ResetPassword { .. } => unreachable!(),
        }
    }

    fn every() -> [Redemption; 4] {
        let hash = TokenHash::of("mailed");
        [
            Redemption::VerifyEmail(hash),
            Redemption::ConfirmEmailChange(hash, lifetimes()),
            Redemption::UndoEmailChange(hash),
            Redemption::RecoverAccount(hash),
        ]
    }

    #[tokio::test]
    async fn each_link_is_redeemed_as_what_it_is() {
        for redemption in every() {
            assert!(follow(redemption, Redeemed::Done(Box::new(john()))).await.is_ok());
        }
    }

    #[tokio::test]
    async fn a_worthless_link_is_invalid_and_a_taken_address_is_named() {
        for redemption in every() {
            assert!(matches!(follow(redemption.clone(), Redeemed::Worthless).await, Err(Error::TokenInvalid)));
            let taken = follow(redemption, Redeemed::Taken(Taken("email"))).await;
            assert!(matches!(taken, Err(Error::EmailTaken)));
        }
    }
}
