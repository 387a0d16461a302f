//! Users, credentials and sessions.
//!
//! A service that links this crate implements the traits of [`ports`] and calls the use cases ([`Register`], [`LogIn`],
//! [`Refresh`], [`EndSession`], [`FollowLink`], …), each a struct of the ports it needs:
//!
//! ```
//! use std::sync::Arc;
//!
//! use identity::ports::{CurrentSettings, MailedTokens, Redeemed};
//! use identity::{Error, FollowLink, Redemption, Settings};
//! use kernel::testing::act;
//! use kernel::{Act, Fault, Secret};
//!
//! struct Ours; // over the service's own tables
//!
//! #[async_trait::async_trait]
//! impl MailedTokens for Ours {
//!     async fn redeem(&self, _act: &Act, _redemption: Redemption) -> Result<Redeemed, Fault> {
//!         Ok(Redeemed::Worthless)
//!     }
//! }
//!
//! #[async_trait::async_trait]
//! impl CurrentSettings for Ours {
//!     async fn current(&self) -> Result<Arc<Settings>, Fault> {
//!         Ok(Arc::default())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let links = FollowLink { tokens: Arc::new(Ours), settings: Arc::new(Ours) };
//! let outcome = links.verify_email(&act(), &Secret::new("never mailed")).await;
//! assert!(matches!(outcome, Err(Error::TokenInvalid)));
//! # }
//! ```
//!
//! In its tests it takes the feature `mocks`: a mock of every port (`ports::MockMailedTokens`), a hasher that can be
//! foreseen (`testing::PlainHasher`), and the kernel's clock, ids and store (`kernel::testing`).
#![warn(missing_docs)]

mod action;
mod answer_mail_requests;
mod change;
mod change_password;
mod change_settings;
mod check_passkey;
mod check_password;
mod confirm_mfa;
mod create_administrator;
mod delete_account;
mod disable_mfa;
mod doorway;
mod end_all_sessions;
mod end_session;
mod error;
mod follow_link;
mod gate;
mod happening;
mod keys;
mod log_in;
mod log_in_by_passkey;
mod mails;
mod model;
pub mod ports;
mod provider_flow;
mod provider_link;
mod read_avatar;
mod record_data_export;
mod redeem;
mod refresh;
mod register;
mod register_passkey;
mod remove_avatar;
mod remove_way_in;
mod renew_access;
mod replace_recovery_codes;
mod request_email_change;
mod request_mail;
mod reset_password;
mod rotate_keys;
mod second_factor;
mod set_avatar;
mod set_up_mfa;
mod start_session;
mod step_up;
mod suspend_user;
mod switch_organization;
#[cfg(any(test, feature = "mocks"))]
pub mod testing;
mod unlock_user;
mod update_profile;
#[cfg(test)]
mod world;

pub use action::{Action, CredentialDeed, KeyDeed, SessionDeed};
pub use answer_mail_requests::AnswerMailRequests;
pub use change::Change;
pub use change_password::{ChangePassword, ChangePasswordInput};
pub use change_settings::ChangeSettings;
pub use check_passkey::{CheckPasskey, PresentedPasskey};
pub use check_password::{CheckPassword, Proved};
pub use confirm_mfa::ConfirmMfa;
pub use create_administrator::CreateAdministrator;
pub use disable_mfa::DisableMfa;
pub use doorway::Doorway;
pub use end_all_sessions::EndAllSessions;
pub use end_session::EndSession;
pub use error::Error;
pub use follow_link::FollowLink;
pub use gate::Gate;
pub use happening::Happening;
pub use log_in::{LogIn, LogInInput};
pub use log_in_by_passkey::LogInByPasskey;
pub use mails::MAILS;
pub use model::{
    Algorithm, Claims, Code, Factor, Factors, Judged, Key, KeyOwner, KeyPrefixes, Label, Lifetimes, LifetimesPatch,
    Limits, LimitsPatch, Lockout, LockoutPatch, MailRequest, MailRequestKind, MailedPurpose, MailedToken, Passkey,
    Password, PasswordHash, PersonName, Provider, ProviderAccount, ProviderIdentity, RefreshToken, Registration,
    RegistrationPatch, Renewed, Scopes, Session, Settings, SettingsPatch, SignedIn, SigningKey, Standing,
    StoredSettings, Term, Totp, User, UserStatus, UserView, Username, Worth,
};
pub use provider_flow::{
    Arrived, Claimed, FlowBegun, FlowPurpose, FlowReturn, FlowTarget, Invitation, ProviderFlow, Shown, Strayed,
};
pub use read_avatar::ReadAvatar;
pub use record_data_export::RecordDataExport;
pub use redeem::{Presented, Redemption, Word};
pub use refresh::{Refresh, RefreshOutcome, Repeat, Rotation};
pub use register::{Register, RegisterInput, Registered};
pub use register_passkey::RegisterPasskey;
pub use remove_avatar::RemoveAvatar;
pub use remove_way_in::{IdentityRef, RemoveWayIn};
pub use renew_access::RenewAccess;
pub use replace_recovery_codes::ReplaceRecoveryCodes;
pub use request_email_change::RequestEmailChange;
pub use request_mail::RequestMail;
pub use reset_password::{ResetPassword, ResetPasswordInput};
pub use rotate_keys::{Retire, RotateKeys};
pub use second_factor::{Approved, CheckSecondFactor, Given, Rejected, SecondFactor};
pub use set_avatar::SetAvatar;
pub use set_up_mfa::{MfaSetUp, RecoveryCodes, SetUpMfa};
pub use step_up::{Renewal, StepUp, StepUpInput};
pub use suspend_user::SuspendUser;
pub use switch_organization::SwitchOrganization;
pub use unlock_user::UnlockUser;
pub use update_profile::{ProfilePatch, UpdateProfile};

/// The rules, for use cases that span domains and for adapters that carry them out: pure, without ports.
pub mod rules {
    pub use crate::change_password::of_field;
    pub use crate::delete_account::{delete, erase};
    pub use crate::keys::{LONGEST_OVERLAP, NewKey, make as make_key, revoke as revoke_key, rotate as rotate_key};
    pub use crate::provider_link::link as link_identity;
    pub use crate::redeem::decide as redeem;
    pub use crate::refresh::witness as witness_rotation;
    pub use crate::register::{NewUser, check as check_registration, decide as register};
    pub use crate::start_session::{
        Opened, Proof, decide as start_session, guard as session_guard, issue, next_refresh_token,
    };
}
