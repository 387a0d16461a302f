//! Rows as they are stored, and the aggregates they stand for.

mod catalogue;
mod endpoint;
mod invitation;
mod mail_request;
mod member;
mod organization;
mod session;
mod signing_key;
mod subscription;
mod tokens;
mod user;

pub(crate) use catalogue::{PlanRow, ServiceRow, service};
pub(crate) use endpoint::{EndpointRow, place_of};
pub(crate) use invitation::InvitationRow;
pub(crate) use mail_request::MailRequestRow;
pub(crate) use member::MemberRow;
pub(crate) use organization::OrganizationRow;
pub(crate) use session::{SeenSessionRow, SessionRow};
pub(crate) use signing_key::SigningKeyRow;
pub(crate) use subscription::SubscriptionRow;
pub(crate) use tokens::{MailedTokenRow, RefreshTokenRow};
pub(crate) use user::UserRow;
