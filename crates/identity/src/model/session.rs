use std::net::IpAddr;

use chrono::TimeDelta;
use kernel::{Detail, OrganizationId, Recorded, SessionId, Time, TokenHash, UserId};

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
    /// When it began.
    pub created_at: Time,
    /// When it ends, however often it is refreshed.
    pub expires_at: Time,
    /// How long each of its access tokens lives.
    pub access_lifetime: TimeDelta,
    /// How long each of its refresh tokens lives unused.
    pub refresh_lifetime: TimeDelta,
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

/// How long what lives. The defaults are the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// An access token.
    pub access: TimeDelta,
    /// An access token of a remembered session.
    pub access_remembered: TimeDelta,
    /// A refresh token.
    pub refresh: TimeDelta,
    /// A refresh token of a session that must not be remembered.
    pub refresh_short: TimeDelta,
    /// A session, however often it is refreshed.
    pub session: TimeDelta,
    /// A link in a verification mail.
    pub verification: TimeDelta,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access: TimeDelta::minutes(15),
            access_remembered: TimeDelta::hours(24),
            refresh: TimeDelta::days(30),
            refresh_short: TimeDelta::days(7),
            session: TimeDelta::days(180),
            verification: TimeDelta::days(3),
        }
    }
}
