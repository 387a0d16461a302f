use std::net::IpAddr;

use chrono::TimeDelta;
use kernel::{Detail, OrganizationId, Recorded, SessionId, Time, TokenHash, UserId};

use super::{Factor, Factors};

/// One sign-in: a family of refresh tokens, of which one is good at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id, the access token's `sid`.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// The organization it is bound to; absent where none was chosen.
    pub organization: Option<OrganizationId>,
    /// When a factor was last given; untouched by refresh.
    pub auth_time: Time,
    /// Which factors were given in it.
    pub factors: Factors,
    /// When it began.
    pub created_at: Time,
    /// When it ends, however often it is refreshed.
    pub expires_at: Time,
    /// How long each of its access tokens lives.
    pub access_lifetime: TimeDelta,
    /// How long each of its refresh tokens lives unused.
    pub refresh_lifetime: TimeDelta,
    /// Whether its refresh token is used up by each refresh. One that is not lives as long as the session (seed 004).
    pub rotates: bool,
    /// From which address it began.
    pub address: Option<IpAddr>,
    /// With which user agent it began.
    pub agent: Option<String>,
    /// When it was ended before its time.
    pub ended_at: Option<Time>,
    /// Moves on with every change; the store sets it. Refreshing is none.
    pub version: i64,
}

impl Session {
    /// Ended at `at`, from when on none of its access tokens can seem good any more, also to a node whose clock is behind.
    #[must_use]
    pub fn silent_after(&self, at: Time) -> Time {
        at + self.access_lifetime + TimeDelta::minutes(1)
    }
}

impl Recorded for Session {
    fn record(&self) -> Vec<Detail> {
        vec![
            Detail::public("session", self.id.to_string()),
            Detail::public("organization", self.organization.map(|it| it.to_string())),
            Detail::public("factors", self.factors.iter().map(Factor::as_str).collect::<Vec<_>>()),
            Detail::public("ended", self.ended_at.is_some()),
        ]
    }
}

/// A refresh token as it is stored. It is used up by the rotation, which is a statement of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// SHA-256 of the token.
    pub hash: TokenHash,
    /// The family.
    pub session: SessionId,
    /// When it was handed out.
    pub issued_at: Time,
    /// Until when it may be used.
    pub expires_at: Time,
}

impl Recorded for RefreshToken {
    fn record(&self) -> Vec<Detail> {
        Vec::new()
    }
}

/// What a refresh token is still good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// It is neither used up nor too old.
    Good,
    /// Another call has used it up, within [`Rotation::GRACE`](crate::Rotation::GRACE), and its successor is unused.
    JustUsed,
    /// It is used up, or too old.
    Nothing,
}

/// For how long, and how, a session is begun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Term {
    /// 15 minutes and 30 days (seeds 000, 001).
    #[default]
    Usual,
    /// 15 minutes and 7 days: not to be remembered (seed 002).
    Short,
    /// 24 hours and 30 days: to be remembered (seed 002).
    Long,
    /// 15 minutes and 7 days in all, and its refresh token does not rotate (seed 004).
    Steady,
}

impl Term {
    /// Seed 002's `remember_me`.
    #[must_use]
    pub const fn of(remember_me: Option<bool>) -> Self {
        match remember_me {
            None => Self::Usual,
            Some(false) => Self::Short,
            Some(true) => Self::Long,
        }
    }
}
