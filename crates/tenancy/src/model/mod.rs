mod invitation;
mod member;
mod organization;

pub use invitation::{Invitation, InvitationStatus};
pub use member::{Member, MemberStatus, Place};
pub use organization::{Organization, OrganizationName, check_slug};
