use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{Act, Decided, OrganizationRef, Secret, SessionId, Store, Time, UnitOfWork, UserId, Write, carry_out};
use serde_json::Value;

use crate::check_passkey::CheckPasskey;
use crate::check_password::{CheckPassword, Proved};
use crate::model::{Factor, Factors, Renewed, Session, User, UserStatus};
use crate::ports::{AccessTokens, Refused, Sessions, Standings, Users};
use crate::second_factor::{CheckSecondFactor, Given, SecondFactor};
use crate::start_session::{Proof, Stamp, guard, renew};
use crate::{Action, Change, Error, SessionDeed};

/// Proves anew, within a session, who it is: by password, and a second factor where it is asked for, or by a passkey.
pub struct StepUp {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// What compares passwords.
    pub check: Arc<CheckPassword>,
    /// What asks for a second factor.
    pub second: Arc<CheckSecondFactor>,
    /// What believes passkeys.
    pub passkeys: Arc<CheckPasskey>,
    /// What goes on.
    pub renewal: Arc<Renewal>,
}

/// What a session that goes on needs.
pub struct Renewal {
    /// Which sessions there are.
    pub sessions: Arc<dyn Sessions>,
    /// Where users belong.
    pub standings: Arc<dyn Standings>,
    /// What signs access tokens.
    pub tokens: Arc<dyn AccessTokens>,
}

/// Who steps up, and by what.
#[derive(Clone, Debug)]
pub struct StepUpInput {
    /// Who.
    pub user: UserId,
    /// In which session.
    pub session: SessionId,
    /// The password.
    pub password: Option<Secret>,
    /// What is given besides; a passkey needs no password.
    pub second: SecondFactor,
}

impl StepUp {
    /// How long after a factor was given what is sensitive may be done.
    pub const RECENT: TimeDelta = TimeDelta::minutes(5);

    /// The session's `auth_time` decides; the new access token reports it.
    pub async fn run(&self, act: &Act, input: StepUpInput) -> Result<Renewed, Error> {
        let Some(password) = &input.password else {
            let response = input.second.passkey.as_ref().ok_or(Error::InvalidCredentials)?;
            return self.by_passkey(act, input.user, input.session, response).await;
        };
        let proved = self.check.again(act, input.user, password).await?;
        let outcome = self.by_password(act, &proved, &input).await;
        self.check.settle(&proved, outcome).await
    }

    async fn by_password(&self, act: &Act, proved: &Proved, input: &StepUpInput) -> Result<Renewed, Error> {
        let given = self.second.take(act, proved.user(), &input.second).await?;
        let decide = || self.decide(act, proved, &given, input.session);
        let outcome = carry_out(self.store.as_ref(), act, decide).await;
        self.second.settle(&given, outcome).await
    }

    async fn decide(
        &self,
        act: &Act,
        proved: &Proved,
        given: &Given,
        session: SessionId,
    ) -> Result<Decided<Change, Renewed, Error>, Error> {
        let user = self.check.still(proved).await?;
        let approved = match self.second.judge(act, &user, given).await? {
            Ok(approved) => approved,
            Err(rejected) => return Ok(Decided::Refused(proved.welcome(rejected.unit, &user), rejected.error)),
        };
        let proof = Proof::now(act, [Factor::Password].into_iter().chain(approved.factor()));
        let (unit, renewed) = self.renewal.prove(act, &user, session, proof).await?;
        Ok(Decided::Done(proved.welcome(approved.spend(act, &user, unit), &user), renewed))
    }

    async fn by_passkey(
        &self,
        act: &Act,
        user: UserId,
        session: SessionId,
        response: &Value,
    ) -> Result<Renewed, Error> {
        let presented = self.passkeys.present(response).await?;
        carry_out(self.store.as_ref(), act, || async {
            let user = self.users.by_id(user).await?.filter(|it| it.status == UserStatus::Active);
            let user = user.ok_or(Error::TokenInvalid)?;
            let judged = match &presented {
                Ok(presented) => self.passkeys.judge(act, presented).await?,
                Err(refused) => Err(*refused),
            };
            let judged = judged.and_then(|it| if it.0.user == user.id { Ok(it) } else { Err(Refused("another_user")) });
            let (expected, next) = match judged {
                Ok(pair) => pair,
                Err(Refused(reason)) => {
                    let action = Action::ProofRejected { by: "passkey", user: Some(user.id), reason };
                    return Ok(Decided::Refused(UnitOfWork::of(act, &action), Error::ProofInvalid));
                }
            };
            let proof = Proof::now(act, [Factor::Passkey]);
            let (unit, renewed) = self.renewal.prove(act, &user, session, proof).await?;
            let unit = unit.expect(guard(&user)).change(Change::Passkey(Write::Save { expected, next }));
            Ok(Decided::Done(unit, renewed))
        })
        .await
    }
}

impl Renewal {
    /// The session, as its user has just proved anew who they are, and its new access token. The unit wants the user's
    /// [`guard`].
    pub async fn prove(
        &self,
        act: &Act,
        user: &User,
        session: SessionId,
        proof: Proof,
    ) -> Result<(UnitOfWork<Change>, Renewed), Error> {
        let session = self.sessions.by_id(session).await?.filter(|it| it.ended_at.is_none() && it.user == user.id);
        let session = session.ok_or(Error::TokenInvalid)?;
        let standing = match session.organization {
            Some(id) => self.standings.of(user.id, Some(OrganizationRef::Id(id))).await?.filter(|it| it.active),
            None => None,
        };
        // What was proved before stays proved.
        let factors = proof.factors.iter().fold(session.factors.clone(), Factors::and);
        let next = Session { auth_time: proof.at, factors, ..session.clone() };
        let renewed = renew(Stamp::of(act), self.tokens.as_ref(), &next, user, standing.as_ref())?;
        let action = Action::of_session(SessionDeed::SteppedUp, &session);
        Ok((UnitOfWork::of(act, &action).change(Change::Session(Write::Save { expected: session, next })), renewed))
    }
}

impl Session {
    /// Whether a factor was given recently enough for what is sensitive.
    #[must_use]
    pub fn is_recent(&self, at: Time) -> bool {
        at - self.auth_time <= StepUp::RECENT
    }
}

#[cfg(test)]
mod tests;
