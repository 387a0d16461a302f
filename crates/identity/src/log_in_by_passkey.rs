use std::sync::Arc;

use kernel::{Act, Decided, Store, UnitOfWork, Write, carry_out};
use serde_json::Value;

use crate::check_passkey::CheckPasskey;
use crate::doorway::Doorway;
use crate::model::{Factor, SignedIn, Term, UserStatus};
use crate::ports::{Refused, Users};
use crate::start_session::Proof;
use crate::{Action, Change, Error};

/// Signs a user in by a passkey alone: what the device unlocked for its owner is two factors in one.
pub struct LogInByPasskey {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// What believes passkeys.
    pub passkeys: Arc<CheckPasskey>,
    /// Where it leads to.
    pub doorway: Arc<Doorway>,
}

impl LogInByPasskey {
    /// One answer for everything that is not believed; it is written down. `organization` is `X-Tenant` as sent.
    pub async fn run(
        &self,
        act: &Act,
        response: &Value,
        term: Term,
        organization: Option<&str>,
    ) -> Result<SignedIn, Error> {
        self.passkeys.ceremonies()?;
        let presented = self.passkeys.present(response).await?;
        carry_out(self.store.as_ref(), act, || async {
            let judged = match &presented {
                Ok(presented) => self.passkeys.judge(act, presented).await?,
                Err(refused) => Err(*refused),
            };
            let refused = |user, reason| {
                let action = Action::ProofRejected { by: "passkey", user, reason };
                Ok(Decided::Refused(UnitOfWork::of(act, &action), Error::ProofInvalid))
            };
            let (expected, next) = match judged {
                Ok(pair) => pair,
                Err(Refused(reason)) => return refused(None, reason),
            };
            let user = self.users.by_id(expected.user).await?.filter(|it| it.status == UserStatus::Active);
            let Some(user) = user else { return refused(Some(expected.user), "user_not_active") };
            let standing = self.doorway.standing(&user, organization).await?;
            let proof = Proof::now(act, [Factor::Passkey]);
            let (unit, answer) = self.doorway.open(act, &user, standing.as_ref(), term, proof).await?;
            Ok(Decided::Done(unit.change(Change::Passkey(Write::Save { expected, next })), answer))
        })
        .await
    }
}

#[cfg(test)]
mod tests;
