use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Fault, KeyId, OrganizationId, SessionId, Time, Touched, UserId};

/// What every node's caches must learn at once. A node applies its own before the commit answers; the others hear it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The session's access tokens are worth nothing.
    SessionEnded {
        /// Which.
        session: SessionId,
        /// Until when one of them could still seem good.
        until: Time,
    },
    /// Who may do what in the organization has changed; anything older than `version` is out of date.
    Authorization {
        /// Whose.
        organization: OrganizationId,
        /// The `authorization_version` that is true now.
        version: i64,
        /// What is another than at the version before; absent where it may be anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        touched: Option<Vec<Touched>>,
    },
    /// The settings have changed.
    Settings,
    /// A key or token is another than it was, or gone.
    KeyChanged {
        /// Which.
        key: KeyId,
    },
    /// A user may act no more: nor may what acts by their rights.
    UserBlocked {
        /// Who.
        user: UserId,
    },
}

/// A node's caches, as the listener sees them.
#[async_trait]
pub trait SignalSink: Send + Sync {
    /// One signal. Signals may repeat and arrive out of order.
    fn receive(&self, signal: &Signal);

    /// Listening has begun, or begun again after a gap in which anything may have been missed: everything held must be
    /// read anew before [`SignalSink::alive`] is called.
    async fn listening(&self) -> Result<(), Fault>;

    /// The listener heard its own heartbeat.
    fn alive(&self);
}

/// Whether this node hears signals. Without a heartbeat for two seconds it may be deaf, and must ask the database.
#[derive(Debug, Default)]
pub struct Freshness {
    heard_at: AtomicI64,
}

impl Freshness {
    const PATIENCE_MS: i64 = 2_000;

    /// A heartbeat was heard.
    pub fn heard(&self, at: Time) {
        self.heard_at.store(at.timestamp_millis(), Ordering::Release);
    }

    /// Whether what the caches hold may be believed.
    #[must_use]
    pub fn holds(&self, now: Time) -> bool {
        // A clock set back would stretch the patience.
        (0..Self::PATIENCE_MS).contains(&(now.timestamp_millis() - self.heard_at.load(Ordering::Acquire)))
    }
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::{Freshness, Signal};
    use crate::Touched;
    use crate::testing::{NOON, nth};

    #[test]
    fn silence_of_two_seconds_is_deafness() {
        let freshness = Freshness::default();
        assert!(!freshness.holds(NOON));
        freshness.heard(NOON);
        assert!(freshness.holds(NOON + Duration::milliseconds(1_999)));
        assert!(!freshness.holds(NOON + Duration::seconds(2)));
    }

    #[test]
    fn a_clock_set_back_does_not_stretch_the_patience() {
        let freshness = Freshness::default();
        freshness.heard(NOON);
        assert!(!freshness.holds(NOON - Duration::milliseconds(1)));
    }

    #[test]
    fn signals_are_read_as_they_are_written() {
        let every = [
            Signal::SessionEnded { session: nth(1), until: NOON },
            Signal::Authorization { organization: nth(2), version: 3, touched: None },
            Signal::Authorization {
                organization: nth(2),
                version: 3,
                touched: Some(vec![Touched::Rules, Touched::Member(nth(5))]),
            },
            Signal::Settings,
            Signal::KeyChanged { key: nth(4) },
            Signal::UserBlocked { user: nth(5) },
        ];
        for signal in every {
            let text = serde_json::to_string(&signal).unwrap();
            assert_eq!(serde_json::from_str::<Signal>(&text).unwrap(), signal, "{text}");
        }
        assert_eq!(serde_json::to_string(&Signal::Settings).unwrap(), r#""settings""#);
        let from_an_older_node =
            format!(r#"{{"authorization":{{"organization":"{}","version":3}}}}"#, uuid::Uuid::nil());
        let signal = serde_json::from_str::<Signal>(&from_an_older_node).unwrap();
        assert!(matches!(signal, Signal::Authorization { version: 3, touched: None, .. }));
    }
}
