//! Rows as they are stored, and the aggregates they stand for.

mod catalogue;
mod endpoint;
mod invitation;
mod member;
mod organization;
mod session;
mod subscription;
mod tokens;
mod user;

pub(crate) use catalogue::{PlanRow, ServiceRow, service};
pub(crate) use endpoint::{EndpointRow, place_of};
pub(crate) use invitation::InvitationRow;
pub(crate) use member::MemberRow;
pub(crate) use organization::OrganizationRow;
pub(crate) use session::SessionRow;
pub(crate) use subscription::SubscriptionRow;
pub(crate) use tokens::{MailedTokenRow, RefreshTokenRow};
pub(crate) use user::UserRow;
