//! Users, credentials and sessions.
//!
//! A service that links this crate implements the traits of [`ports`] and calls the use cases ([`Register`], [`LogIn`],
//! [`Refresh`], [`LogOut`], [`VerifyEmail`]), each a struct of the ports it needs:
//!
//! ```
//! use std::sync::Arc;
//!
//! use identity::ports::MailedTokens;
//! use identity::{Claim, Error, User, VerifyEmail};
//! use kernel::testing::act;
//! use kernel::{Act, Fault, Secret};
//!
//! struct Tokens; // over the service's own tables
//!
//! #[async_trait::async_trait]
//! impl MailedTokens for Tokens {
//!     async fn verify_email(&self, _act: &Act, _claim: Claim) -> Result<Option<User>, Fault> {
//!         Ok(None)
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let verify_email = VerifyEmail { tokens: Arc::new(Tokens) };
//! let outcome = verify_email.run(&act(), &Secret::new("never mailed")).await;
//! assert!(matches!(outcome, Err(Error::TokenInvalid)));
//! # }
//! ```
//!
//! In its tests it takes the feature `mocks`: a mock of every port (`ports::MockMailedTokens`), a hasher that can be
//! foreseen (`testing::PlainHasher`), and the kernel's clock, ids and store (`kernel::testing`).
#![warn(missing_docs)]

mod action;
mod change;
mod error;
mod happening;
mod log_in;
mod log_out;
mod mails;
mod model;
pub mod ports;
mod refresh;
mod register;
mod start_session;
#[cfg(any(test, feature = "mocks"))]
pub mod testing;
mod verify_email;

pub use action::Action;
pub use change::Change;
pub use error::Error;
pub use happening::Happening;
pub use log_in::{LogIn, LogInInput};
pub use log_out::LogOut;
pub use mails::MAILS;
pub use model::{
    Claims, Lifetimes, MailedPurpose, MailedToken, Password, PasswordHash, RefreshToken, Session, SignedIn, Standing,
    User, UserStatus, UserView, Username,
};
pub use refresh::{Refresh, RefreshOutcome, Rotation};
pub use register::{Register, RegisterInput, Registered};
pub use verify_email::{Claim, VerifyEmail};

/// The rules, for use cases that span domains: pure, without ports.
pub mod rules {
    pub use crate::refresh::witness as witness_rotation;
    pub use crate::register::{NewUser, check as check_registration, decide as register};
    pub use crate::start_session::{Opened, decide as start_session, guard as session_guard, issue};
    pub use crate::verify_email::witness as witness_verification;
}
