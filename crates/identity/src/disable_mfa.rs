use std::sync::Arc;

use kernel::{Act, Decided, SessionId, Store, UnitOfWork, UserId, Write, carry_out};

use crate::model::{Factor, Factors, Session, Totp, UserStatus};
use crate::ports::{Guessed, Passkeys, Sessions, Standings, Totps, Users};
use crate::{Action, Change, CredentialDeed, Error, Happening, mails};

/// Turns multi-factor authentication off. Whoever asks has stepped up by it.
pub struct DisableMfa {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Which sessions there are.
    pub sessions: Arc<dyn Sessions>,
    /// What makes codes.
    pub totps: Arc<dyn Totps>,
    /// What else proves more than one factor.
    pub passkeys: Arc<dyn Passkeys>,
    /// Who demands it.
    pub standings: Arc<dyn Standings>,
}

impl DisableMfa {
    /// Secret and recovery codes are gone, and every other session ends. As long as an organization of the user demands it,
    /// the last factor stays: [`Error::MfaDemanded`].
    pub async fn run(&self, act: &Act, user: UserId, session: SessionId) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let user = self.users.by_id(user).await?.filter(|it| it.status == UserStatus::Active);
            let user = user.ok_or(Error::TokenInvalid)?;
            let totp = self.totps.of(user.id).await?.filter(Totp::is_on).ok_or(Error::IllegalState)?;
            let session = self.sessions.by_id(session).await?.filter(|it| it.ended_at.is_none());
            let session = session.ok_or(Error::TokenInvalid)?;
            if self.passkeys.of(user.id).await?.is_empty() && self.standings.demand_mfa(user.id).await? {
                return Err(Error::MfaDemanded);
            }
            let left = session.factors.iter().filter(|it| !matches!(it, Factor::Totp | Factor::RecoveryCode));
            let less = Session { factors: Factors::of(left), ..session.clone() };
            let unit = UnitOfWork::of(act, &Action::Credential { deed: CredentialDeed::MfaDisabled, user: user.id })
                .change(Change::User(Write::Save { expected: user.clone(), next: user.clone() }))
                .change(Change::Totp(Write::Remove { expected: totp }))
                .change(Change::Session(Write::Save { expected: session.clone(), next: less }))
                .change(Change::EndSessions { user: user.id, except: Some(session.id), at: act.at })
                .change(Change::ForgetFailures(Guessed::Code(user.id)))
                .announce(&Happening::UserUpdated { user: user.clone(), changed: &["mfa"] })
                .mail(mails::notice(act, &user, "mfa_disabled"));
            Ok(Decided::Done(unit, ()))
        })
        .await
    }
}

#[cfg(test)]
mod tests;
