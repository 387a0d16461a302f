use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{Act, Actor, Evidence, Idempotency, OnceKey, Problems, Secret, TokenHash};
use serde::{Deserialize, Serialize};

use crate::model::{Session, SignedIn, Standing, User};
use crate::ports::{AccessTokens, RefreshTokens};
use crate::start_session::{Stamp, issue_as};
use crate::{Action, Error, SessionDeed, mails};

/// Gives a new pair of tokens for a refresh token, once.
pub struct Refresh {
    /// What uses tokens up.
    pub refresh_tokens: Arc<dyn RefreshTokens>,
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
    /// What lets the answer be given again, where the caller chose an `Idempotency-Key`.
    pub repeat: Option<Repeat>,
}

/// What lets an answer that got lost be given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Under what: a hash of key and presented token.
    pub key: OnceKey,
    /// What the answer is made of, sealed under both: the database alone can't reveal it.
    pub sealed: Vec<u8>,
}

impl Rotation {
    /// How long after its rotation a token may come again without being taken for stolen: two tabs, one race.
    pub const GRACE: TimeDelta = TimeDelta::seconds(10);
    /// How long an answer can be given again.
    pub const REPEATABLE: TimeDelta = TimeDelta::seconds(60);
    /// How often.
    pub const MOST_REPEATS: u32 = 3;
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
        /// The user's place in the session's organization, where it has one and the membership counts.
        standing: Option<Standing>,
    },
    /// It was rotated before, for the same caller, whose answer got lost.
    Repeated {
        /// The session.
        session: Session,
        /// Whose.
        user: User,
        /// The user's place in the session's organization, where it has one and the membership counts.
        standing: Option<Standing>,
        /// What was kept: [`Repeat::sealed`].
        sealed: Vec<u8>,
    },
    /// Another call has just rotated it.
    Lost {
        /// The session, which goes on.
        session: Session,
    },
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

/// What an answer is made of: the same tokens come of it again.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(with = "kernel::exposed")]
    successor: Secret,
    stamp: Stamp,
}

impl Refresh {
    /// The shortest `Idempotency-Key`, in characters: it guards the pair.
    pub const SHORTEST_KEY: usize = 22;

    /// Rotates; of concurrent calls exactly one wins, to the others the token is invalid, unless they came under the
    /// winner's own `Idempotency-Key`.
    pub async fn run(&self, act: &Act, presented: &Secret, key: Option<Secret>) -> Result<SignedIn, Error> {
        let idempotency = key.map(|key| idempotency(key, presented)).transpose()?;
        let kept = Kept { successor: act.token().secret().clone(), stamp: Stamp::of(act) };
        let rotation = Rotation {
            presented: TokenHash::of(presented.expose()),
            successor: TokenHash::of(kept.successor.expose()),
            repeat: match &idempotency {
                Some(it) => Some(Repeat { key: it.once_key(), sealed: it.seal(act, &kept)? }),
                None => None,
            },
        };
        let (session, user, standing, kept) = match (self.refresh_tokens.rotate(act, rotation).await?, idempotency) {
            (RefreshOutcome::Rotated { session, user, standing }, _) => (session, user, standing, kept),
            (RefreshOutcome::Repeated { session, user, standing, sealed }, Some(it)) => {
                (session, user, standing, it.open(&sealed)?)
            }
            _ => return Err(Error::TokenInvalid),
        };
        let Kept { stamp, successor } = kept;
        Ok(issue_as(stamp, self.tokens.as_ref(), &session, &user, standing.as_ref(), successor)?)
    }
}

/// The key together with the token: neither opens anything without the other.
fn idempotency(key: Secret, presented: &Secret) -> Result<Idempotency, Problems> {
    if key.expose().chars().count() < Refresh::SHORTEST_KEY {
        return Err(Problems::one("Idempotency-Key", "The Idempotency-Key must be at least 22 characters here."));
    }
    Ok(Idempotency { key, scope: format!("refresh {}", presented.expose()), request: [0; 32] })
}

/// What a rotation leaves behind, by its outcome.
#[must_use]
pub fn witness(act: &Act, outcome: &RefreshOutcome) -> Evidence {
    let by = |session: &Session| act.by(Actor::User { id: session.user, session: session.id });
    match outcome {
        RefreshOutcome::Refused => Evidence::default(),
        RefreshOutcome::Lost { session } => Evidence::of(act, &Action::of_session(SessionDeed::RefreshLost, session)),
        RefreshOutcome::Rotated { session, .. } => {
            Evidence::of(&by(session), &Action::of_session(SessionDeed::Refreshed, session))
        }
        RefreshOutcome::Repeated { session, .. } => {
            Evidence::of(&by(session), &Action::of_session(SessionDeed::RefreshRepeated, session))
        }
        RefreshOutcome::Reused { session, user } => Evidence::of(
            act,
            &Action::of_session(SessionDeed::RefreshReused, session),
        )
        .send(mails::notice(act, user, "session_ended")),
    }
}

#[cfg(test)]
mod tests;
