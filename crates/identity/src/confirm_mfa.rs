use std::sync::Arc;

use kernel::{Act, Decided, Secret, SessionId, Store, UnitOfWork, UserId, Write, carry_out};

use crate::model::{Factor, Session, Totp, UserStatus};
use crate::ports::{Guessed, Sessions, Totps, Users};
use crate::second_factor::{Approved, CheckSecondFactor, Given};
use crate::{Action, Change, CredentialDeed, Error, Happening, mails};

/// Turns multi-factor authentication on, by a first code.
pub struct ConfirmMfa {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Which sessions there are.
    pub sessions: Arc<dyn Sessions>,
    /// What makes codes.
    pub totps: Arc<dyn Totps>,
    /// What judges them.
    pub second: Arc<CheckSecondFactor>,
}

impl ConfirmMfa {
    /// From now on no sign-in goes without. This session goes on, with the factor just given; all others end.
    pub async fn run(&self, act: &Act, user: UserId, session: SessionId, code: &Secret) -> Result<(), Error> {
        let known = self.users.by_id(user).await?.filter(|it| it.status == UserStatus::Active);
        let known = known.ok_or(Error::TokenInvalid)?;
        if self.totps.of(user).await?.is_none_or(|it| it.is_on()) {
            return Err(Error::IllegalState);
        }
        let given = self.second.take_first(act, &known, code).await?;
        let outcome = carry_out(self.store.as_ref(), act, || self.decide(act, user, session, &given)).await;
        self.second.settle(&given, outcome).await
    }

    async fn decide(
        &self,
        act: &Act,
        user: UserId,
        session: SessionId,
        given: &Given,
    ) -> Result<Decided<Change, (), Error>, Error> {
        let user = self.users.by_id(user).await?.filter(|it| it.status == UserStatus::Active);
        let user = user.ok_or(Error::TokenInvalid)?;
        let totp = self.totps.of(user.id).await?.filter(|it| !it.is_on()).ok_or(Error::IllegalState)?;
        let session = self.sessions.by_id(session).await?.filter(|it| it.ended_at.is_none());
        let session = session.ok_or(Error::TokenInvalid)?;
        let (expected, confirmed) = match self.second.judge_by(act, &user, given, totp).await? {
            Ok(Approved::Code(_, pair)) => *pair,
            Ok(_) => return Err(Error::MfaInvalid),
            Err(rejected) => return Ok(Decided::Refused(rejected.unit, rejected.error)),
        };
        let next = Totp { confirmed_at: Some(act.at), ..confirmed };
        let proved = Session { factors: session.factors.clone().and(Factor::Totp), ..session.clone() };
        let unit = UnitOfWork::of(act, &Action::Credential { deed: CredentialDeed::MfaEnabled, user: user.id })
            // As it is, but of another version: a sign-in without a second factor, decided on before, is stale.
            .change(Change::User(Write::Save { expected: user.clone(), next: user.clone() }))
            .change(Change::Totp(Write::Save { expected, next }))
            .change(Change::Session(Write::Save { expected: session.clone(), next: proved }))
            .change(Change::EndSessions { user: user.id, except: Some(session.id), at: act.at })
            .change(Change::ForgetFailures(Guessed::Code(user.id)))
            .announce(&Happening::UserUpdated { user: user.clone(), changed: &["mfa"] })
            .mail(mails::notice(act, &user, "mfa_enabled"));
        Ok(Decided::Done(unit, ()))
    }
}
