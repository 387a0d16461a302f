use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use async_trait::async_trait;
use chrono::TimeDelta;
use uuid::Uuid;

use crate::{Fault, Time};

/// Counts requests, so that nobody makes too many.
///
/// A window begins with the first request of a bucket that finds none running, and ends when its length has passed:
/// within it `most` requests pass and not one more. What comes after its end begins the next. [`Limit::charge`] is that
/// rule; every implementation answers as it does.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait RateLimits: Send + Sync {
    /// LIMITS-1 MUST let exactly `limit.most` of any number of requests through within a window, however many come at
    /// once and through however many nodes. LIMITS-2 MUST say how many are left and when the window ends; a request that
    /// is refused is not counted, and moves no end. LIMITS-3 MUST count every bucket for itself. LIMITS-4 MUST keep a
    /// window until its end, whatever else is counted meanwhile, and not keep without bound: what finds no room is counted
    /// together with others, or answered `Overloaded`.
    async fn charge(&self, bucket: Bucket, limit: Limit) -> Result<Charged, Fault>;
}

/// So many requests in so long a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub most: u32,
    /// In what time.
    pub window: TimeDelta,
}

/// What was counted, and until when it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Requests that passed.
    pub used: u32,
    /// The first moment after it.
    pub ends: Time,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charged {
    /// Whether it passes.
    pub passes: bool,
    /// How many more would.
    pub remaining: u32,
    /// When the window ends.
    pub ends: Time,
    /// When this was decided, by the same clock.
    pub at: Time,
}

impl Limit {
    /// What a request at `at` makes of the window it finds.
    #[must_use]
    pub fn charge(self, found: Option<Window>, at: Time) -> (Window, Charged) {
        let latest = at.checked_add_signed(self.window).unwrap_or(Time::MAX_UTC);
        let mut window = match found {
            // A clock that was set back must not make a window longer.
            Some(it) if it.ends > at => Window { ends: it.ends.min(latest), ..it },
            _ => Window { used: 0, ends: latest },
        };
        let passes = window.used < self.most;
        window.used += u32::from(passes);
        let remaining = self.most.saturating_sub(window.used);
        (window, Charged { passes, remaining, ends: window.ends, at })
    }
}

impl Charged {
    /// In how many whole seconds the window has ended.
    #[must_use]
    pub fn seconds_left(&self) -> i64 {
        ceil(self.ends - self.at)
    }

    /// The first whole second, in Unix time, at which the window has ended.
    #[must_use]
    pub fn ends_at(&self) -> i64 {
        ceil(self.ends - Time::UNIX_EPOCH)
    }
}

fn ceil(span: TimeDelta) -> i64 {
    span.num_seconds() + i64::from(span.subsec_nanos() > 0)
}

/// What is counted together: requests of one kind, of one payer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bucket {
    /// Of which kind.
    pub kind: RequestKind,
    /// Whose.
    pub payer: Payer,
}

/// The kinds of requests that are counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// Signing in.
    LogIn,
    /// Making an account.
    SignUp,
    /// Anything else without a credential that is good.
    Anonymous,
    /// Anything else with one.
    Usual,
}

impl RequestKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::LogIn, Self::SignUp, Self::Anonymous, Self::Usual];

    /// What it is called.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LogIn => "login",
            Self::SignUp => "sign-up",
            Self::Anonymous => "anonymous",
            Self::Usual => "requests",
        }
    }
}

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Payer {
    /// Whoever comes from there.
    Network(Network),
    /// A user, or a key.
    Credential(Uuid),
}

impl Payer {
    /// Whoever comes from this address; all those together of whom none is known.
    #[must_use]
    pub fn at(address: Option<IpAddr>) -> Self {
        Self::Network(address.map_or(Network::UNKNOWN, Network::of))
    }

    /// A payer for this one and many others: what stands in for it where there is no room for more.
    #[must_use]
    pub fn wider(self) -> Self {
        match self {
            Self::Network(Network::V4(address)) => {
                let [first, second, ..] = address.octets();
                Self::Network(Network::V4(Ipv4Addr::new(first, second, 0, 0)))
            }
            Self::Network(Network::V6(prefix)) => Self::Network(Network::V6(prefix & 0xffff_ffff_0000_0000)),
            // The end of an id is random.
            Self::Credential(id) => Self::Credential(Uuid::from_u128(id.as_u128() & 0xffff)),
        }
    }
}

impl fmt::Display for Payer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(Network::V4(address)) => address.fmt(f),
            Self::Network(Network::V6(prefix)) => Ipv6Addr::from(u128::from(*prefix) << 64).fmt(f),
            Self::Credential(id) => id.fmt(f),
        }
    }
}

/// Who has one address: an IPv4 address, or the /64 that an IPv6 host has to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Network {
    /// An address.
    V4(Ipv4Addr),
    /// The first 64 bits.
    V6(u64),
}

impl Network {
    /// Of whom no address is known.
    pub const UNKNOWN: Self = Self::V4(Ipv4Addr::UNSPECIFIED);
    /// RFC 6052: the whole of IPv4 in one /96.
    const TRANSLATED: u128 = 0x64_ff9b << 96;

    /// Where this address belongs. One that holds an IPv4 address is that address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => match u32::try_from(address.to_bits() ^ Self::TRANSLATED) {
                Ok(embedded) => Self::V4(Ipv4Addr::from_bits(embedded)),
                Err(_) => Self::V6((address.to_bits() >> 64) as u64),
            },
        }
    }
}

#[cfg(test)]
mod tests;
