//! Organizations, their members and the invitations to them.
//!
//! A service that links this crate implements the traits of [`ports`] and calls [`Invite`]; founding an organization and
//! joining one also write users, so they are rules here and use cases in the crate `accounts`.
#![warn(missing_docs)]

mod action;
mod change;
mod error;
mod found;
mod happening;
mod invite;
mod join;
mod leave;
mod mails;
mod model;
pub mod ports;
#[cfg(any(test, feature = "mocks"))]
pub mod testing;
mod update_organization;

pub use action::Action;
pub use change::Change;
pub use error::Error;
pub use happening::Happening;
pub use invite::{Invite, InviteInput, Invited, InvitedMany, Refusal};
pub use leave::Holding;
pub use mails::MAILS;
pub use model::{Invitation, InvitationStatus, Member, MemberStatus, Organization, OrganizationName, check_slug};
pub use update_organization::{OrganizationPatch, UpdateOrganization};

/// The rules, for use cases that span domains: pure, without ports.
pub mod rules {
    pub use crate::found::{Founded, check as check_founding, decide as found};
    pub use crate::join::decide as join;
    pub use crate::leave::{leave, stop};
}
