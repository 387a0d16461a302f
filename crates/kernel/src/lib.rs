//! The words every domain shares, and the one way to change anything.
//!
//! A use case reads through small ports, decides with pure functions and says what should have happened as one
//! [`UnitOfWork`]; [`carry_out`] commits it through a [`Store`], all or nothing. Who did it, when and from where comes
//! with the [`Act`], the only way to start a unit, so nothing is ever written without evidence.
#![warn(missing_docs)]

mod act;
mod carry_out;
mod change;
mod clock;
mod deadline;
mod email_address;
mod ephemeral;
mod evidence;
mod fault;
mod files;
mod gallery;
mod ids;
mod mail;
mod once;
mod page;
mod pictures;
mod problems;
mod queues;
mod rate_limits;
mod reseal;
mod retention;
mod seal;
mod secret;
mod signal;
mod store;
mod tally;
#[cfg(any(test, feature = "mocks"))]
pub mod testing;
mod text;
#[cfg(test)]
mod toy;
mod unit_of_work;
mod words;

pub use act::{Act, Idempotency};
pub use carry_out::{Decided, carry_out, recall};
pub use change::{Change, Recorded, Touched, Write};
pub use clock::{Clock, Time, rfc3339};
pub use deadline::{before, deadline};
pub use email_address::EmailAddress;
pub use ephemeral::Ephemeral;
pub use evidence::{
    Action, AuditEntry, Detail, Event, Evidence, Happening, Outcome, PersonalDetail, PublicDetail, Scope, Target,
};
pub use fault::Fault;
pub use files::{FileName, FileStore};
pub use gallery::{Album, Gallery, Shown, Unfit};
pub use ids::{
    AuditId, DeliveryId, EventId, Id, IdentityId, Ids, InvitationId, KeyId, MailId, MailRequestId, OrganizationId,
    PasskeyId, QuotaGrantId, ReservationId, RoleId, SessionId, SigningKeyId, SubscriptionId, UserId, WebhookId,
};
pub use mail::{Mail, MailQueue, Mailer, QueuedMail, mail_retry_after};
pub use once::{Once, OnceKey, Remembered};
pub use page::{Cursor, Page, PageRequest};
pub use pictures::{Picture, PictureError, PictureKind, Pictures};
pub use problems::Problems;
pub use queues::{Queues, Turn};
pub use rate_limits::{Bucket, Charged, Limit, Network, Payer, RateLimits, RequestKind, Window};
pub use reseal::{Resealed, Resealing};
pub use retention::Retention;
pub use seal::Sealer;
pub use secret::{Secret, Token, TokenHash, exposed};
pub use signal::{Freshness, Signal, SignalSink};
pub use store::{CommitError, Store, Taken};
pub use tally::Tally;
pub use text::{display_name, is_invisible};
pub use unit_of_work::{Guard, UnitOfWork};
pub use words::{Actor, Narrowed, OrganizationRef, Permission, RoleKey, Slug};

#[cfg(any(test, feature = "mocks"))]
pub use ephemeral::MockEphemeral;
#[cfg(any(test, feature = "mocks"))]
pub use files::MockFileStore;
#[cfg(any(test, feature = "mocks"))]
pub use mail::{MockMailQueue, MockMailer};
#[cfg(any(test, feature = "mocks"))]
pub use pictures::MockPictures;
#[cfg(any(test, feature = "mocks"))]
pub use rate_limits::MockRateLimits;
#[cfg(any(test, feature = "mocks"))]
pub use reseal::MockResealing;
#[cfg(any(test, feature = "mocks"))]
pub use retention::MockRetention;
#[cfg(any(test, feature = "mocks"))]
pub use seal::MockSealer;
#[cfg(any(test, feature = "mocks"))]
pub use store::MockStore;
