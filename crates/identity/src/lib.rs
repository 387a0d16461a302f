//! Users, credentials and sessions.
//!
//! A service that links this crate implements the traits of [`ports`] and calls the use cases ([`Register`], [`LogIn`],
//! [`Refresh`], [`LogOut`], [`VerifyEmail`]), each a struct of the ports it needs. The `mocks` feature ships a mock of
//! every port.
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
