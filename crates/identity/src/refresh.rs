use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{Act, Actor, Evidence, OrganizationRef, Secret, Token, TokenHash};

use crate::model::{Session, SignedIn, User};
use crate::ports::{AccessTokens, RefreshTokens, Standings};
use crate::{Action, Error, mails, start_session};

/// Gives a new pair of tokens for a refresh token, once.
pub struct Refresh {
    /// What uses tokens up.
    pub refresh_tokens: Arc<dyn RefreshTokens>,
    /// Where users belong.
    pub standings: Arc<dyn Standings>,
    /// What signs access tokens.
    pub tokens: Arc<dyn AccessTokens>,
}

/// One token for the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// SHA-256 of what was presented.
    pub presented: TokenHash,
    /// SHA-256 of what takes its place; it lives for the session's refresh lifetime, at most until the session ends.
    pub successor: TokenHash,
}

impl Rotation {
    /// How long after its rotation a token may come again without being taken for stolen: two tabs, one race.
    pub const GRACE: TimeDelta = TimeDelta::seconds(10);
}

/// What became of a rotation.
#[derive(Clone, Debug, PartialEq)]
pub enum RefreshOutcome {
    /// The successor is good now.
    Rotated {
        /// The session.
        session: Session,
        /// Whose.
        user: User,
    },
    /// Another call has just rotated it.
    Lost,
    /// It came again too late; the session is ended.
    Reused {
        /// The session, as it was before.
        session: Session,
        /// Whose.
        user: User,
    },
    /// It is worth nothing.
    Refused,
}

impl Refresh {
    /// Rotates; of concurrent calls exactly one wins, to the others the token is invalid.
    pub async fn run(&self, act: &Act, presented: &Secret) -> Result<SignedIn, Error> {
        let successor: Token = act.token();
        let rotation = Rotation { presented: TokenHash::of(presented.expose()), successor: successor.hash() };
        let RefreshOutcome::Rotated { session, user } = self.refresh_tokens.rotate(act, rotation).await? else {
            return Err(Error::TokenInvalid);
        };
        let standing = match session.organization {
            Some(id) => self.standings.of(user.id, Some(OrganizationRef::Id(id))).await?.filter(|it| it.active),
            None => None,
        };
        Ok(start_session::issue(act, self.tokens.as_ref(), &session, &user, standing.as_ref(), &successor)?)
    }
}

/// What a rotation leaves behind, by its outcome.
#[must_use]
pub fn witness(act: &Act, outcome: &RefreshOutcome) -> Evidence {
    match outcome {
        RefreshOutcome::Lost | RefreshOutcome::Refused => Evidence::default(),
        RefreshOutcome::Rotated { session, .. } => {
            let act = act.by(Actor::User { id: session.user, session: session.id });
            Evidence::of(
                &act,
                &Action::SessionRefreshed {
                    session: session.id,
                    user: session.user,
                    organization: session.organization,
                },
            )
        }
        RefreshOutcome::Reused { session, user } => Evidence::of(
            act,
            &Action::RefreshReused { session: session.id, user: session.user, organization: session.organization },
        )
        .send(mails::session_ended(act, user)),
    }
}
