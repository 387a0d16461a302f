//! Use cases that write across domains, authentication, authorization, and the views that join domains.
//!
//! [`Access`] is what every door asks: who is this, where do they act, may they. It asks nobody: tokens are checked
//! locally, and permissions against the organization's snapshot that [`Node`] keeps current.
#![warn(missing_docs)]

mod accept_invitation;
mod access;
mod authority;
mod caller;
mod caretakers;
mod change;
mod change_role;
mod check_permissions;
mod create_organization;
mod decide;
mod delete_account;
mod denials;
mod erase_accounts;
mod erase_organizations;
mod error;
mod holders;
mod joining;
mod key_cache;
mod last_seen;
mod live_settings;
mod manage_keys;
mod node;
mod provider_sign_in;
mod replay;
mod report_access;
mod sign_up;
#[cfg(test)]
mod testing;
pub mod views;
mod who_am_i;
mod words;

pub use accept_invitation::{AcceptInput, AcceptInvitation};
pub use access::{ADMINISTER, Access, Entered};
pub use authority::SnapshotAuthority;
pub use caller::{Caller, Person};
pub use caretakers::SnapshotCaretakers;
pub use change::Change;
pub use change_role::ChangeRole;
pub use check_permissions::{Checked, check_permissions};
pub use create_organization::CreateOrganization;
pub use decide::{Decision, DeniedBy, Question, decide};
pub use delete_account::DeleteAccount;
pub use denials::Denials;
pub use erase_accounts::EraseAccounts;
pub use erase_organizations::EraseOrganizations;
pub use error::Error;
pub use holders::holders;
pub use joining::Joining;
pub use key_cache::KeyCache;
pub use last_seen::LastSeen;
pub use live_settings::LiveSettings;
pub use manage_keys::{KeyInput, ManageKeys, ShownKey};
pub use node::Node;
pub use provider_sign_in::{ProviderOutcome, ProviderSignIn};
pub use report_access::{AccessReport, AccessRow, ReportAccess};
pub use sign_up::{Joined, OrganizationView, SignUp, SignUpInput};
pub use who_am_i::{Me, WhoAmI};
pub use words::{ACTIONS, EVENT_TYPES, MAILS, event_types};
