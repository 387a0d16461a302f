//! Organizations, their members and the invitations to them.
//!
//! A service that links this crate implements the traits of [`ports`] and calls [`Invite`]; founding an organization and
//! joining one also write users, so they are rules here and use cases in the crate `accounts`.
#![warn(missing_docs)]

mod action;
mod cancel_invitation;
mod change;
mod change_role;
mod delete_organization;
mod erase_organization;
mod error;
mod found;
mod happening;
mod invite;
mod join;
mod leave;
mod mails;
mod model;
pub mod ports;
mod read_logo;
mod remove_logo;
mod remove_member;
mod resend_invitation;
mod restore_organization;
mod set_logo;
mod suspend_member;
#[cfg(any(test, feature = "mocks"))]
pub mod testing;
mod update_organization;
#[cfg(test)]
mod world;

pub use action::Action;
pub use cancel_invitation::CancelInvitation;
pub use change::Change;
pub use delete_organization::DeleteOrganization;
pub use error::Error;
pub use happening::Happening;
pub use invite::{Invite, InviteInput, Invited, InvitedMany, Refusal};
pub use leave::Holding;
pub use mails::MAILS;
pub use model::{
    Invitation, InvitationStatus, Member, MemberStatus, Organization, OrganizationName, Place, check_slug,
};
pub use read_logo::ReadLogo;
pub use remove_logo::RemoveLogo;
pub use remove_member::RemoveMember;
pub use resend_invitation::ResendInvitation;
pub use restore_organization::RestoreOrganization;
pub use set_logo::SetLogo;
pub use suspend_member::SuspendMember;
pub use update_organization::{OrganizationPatch, UpdateOrganization};

/// The rules, for use cases that span domains: pure, without ports.
pub mod rules {
    pub use crate::change_role::{decide as change_role, refused};
    pub use crate::erase_organization::erase;
    pub use crate::found::{Founded, check as check_founding, decide as found};
    pub use crate::join::decide as join;
    pub use crate::leave::{leave, stop};
}
