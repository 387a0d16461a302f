use std::sync::Arc;

use kernel::{Act, Decided, SessionId, Store, UnitOfWork, UserId, Write, carry_out};

use crate::model::{Totp, UserStatus};
use crate::ports::{Totps, Users};
use crate::set_up_mfa::RecoveryCodes;
use crate::start_session::guard;
use crate::{Action, Change, CredentialDeed, Error, mails};

/// Makes new recovery codes in place of all old ones. Whoever asks has stepped up by a second factor.
pub struct ReplaceRecoveryCodes {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// What makes codes.
    pub totps: Arc<dyn Totps>,
}

impl ReplaceRecoveryCodes {
    /// Shown once; every other session ends.
    pub async fn run(&self, act: &Act, user: UserId, session: SessionId) -> Result<RecoveryCodes, Error> {
        carry_out(self.store.as_ref(), act, || async {
            let user = self.users.by_id(user).await?.filter(|it| it.status == UserStatus::Active);
            let user = user.ok_or(Error::TokenInvalid)?;
            let totp = self.totps.of(user.id).await?.filter(Totp::is_on).ok_or(Error::IllegalState)?;
            let (codes, recovery_codes) = Totp::recovery(act.ids.as_ref());
            let next = Totp { recovery_codes, ..totp.clone() };
            let action = Action::Credential { deed: CredentialDeed::RecoveryCodesReplaced, user: user.id };
            let unit = UnitOfWork::of(act, &action)
                .expect(guard(&user))
                .change(Change::Totp(Write::Save { expected: totp, next }))
                .change(Change::EndSessions { user: user.id, except: Some(session), at: act.at })
                .mail(mails::notice(act, &user, "recovery_codes_replaced"));
            Ok(Decided::Done(unit, RecoveryCodes(codes)))
        })
        .await
    }
}

#[cfg(test)]
mod tests;
