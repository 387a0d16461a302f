use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Time;

/// Where new ids and secrets come from; injected, so that tests can foresee them.
pub trait Ids: fmt::Debug + Send + Sync {
    /// A fresh `UUIDv7` (RFC 9562, section 5.7) carrying the time `at`.
    fn uuid(&self, at: Time) -> Uuid;

    /// 32 bytes from a cryptographically secure source.
    fn bytes(&self) -> [u8; 32];
}

/// A typed id: a [`Uuid`] that can't be taken for another kind's.
pub trait Id: From<Uuid> + Copy {
    /// The bare value, for adapters that store or print it.
    fn uuid(self) -> Uuid;
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl From<Uuid> for $name {
            fn from(value: Uuid) -> Self {
                Self(value)
            }
        }

        impl Id for $name {
            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

id! {
    /// A person's account.
    UserId;
    /// A tenant: the isolation boundary.
    OrganizationId;
    /// One sign-in: a family of refresh tokens.
    SessionId;
    /// A role of an organization, or of every one.
    RoleId;
    /// An invitation to join an organization.
    InvitationId;
    /// An organization's subscription to a service.
    SubscriptionId;
    /// What an organization may use beyond a quota.
    QuotaGrantId;
    /// A part of a quota kept free for a while.
    ReservationId;
    /// A webhook endpoint.
    WebhookId;
    /// An event on its way to an endpoint.
    DeliveryId;
    /// An entry of the audit log.
    AuditId;
    /// An event: what webhooks carry, and their `webhook-id`.
    EventId;
    /// A mail waiting to be sent.
    MailId;
    /// Somebody's wish to be sent a mail, waiting to be looked at.
    MailRequestId;
    /// A key that signs access tokens: their `kid`.
    SigningKeyId;
    /// A key that programs present: an organization's, or a person's token.
    KeyId;
    /// A passkey.
    PasskeyId;
    /// An account at a provider, linked to a user.
    IdentityId;
}
