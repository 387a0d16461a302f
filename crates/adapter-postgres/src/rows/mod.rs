//! Rows as they are stored, and the aggregates they stand for.

mod catalogue;
mod custom_permission;
mod endpoint;
mod grant;
mod identity;
mod invitation;
mod key;
mod mail_request;
mod member;
mod organization;
mod passkey;
mod role;
mod session;
mod signing_key;
mod subscription;
mod tokens;
mod totp;
mod user;

pub(crate) use catalogue::{PlanRow, ServiceRow, service};
pub(crate) use custom_permission::CustomPermissionRow;
pub(crate) use endpoint::{EndpointRow, place_of as place_of_endpoint};
pub(crate) use grant::GrantRow;
pub(crate) use identity::IdentityRow;
pub(crate) use invitation::InvitationRow;
pub(crate) use key::KeyRow;
pub(crate) use mail_request::MailRequestRow;
pub(crate) use member::MemberRow;
pub(crate) use organization::OrganizationRow;
pub(crate) use passkey::PasskeyRow;
pub(crate) use role::RoleRow;
pub(crate) use session::{SeenSessionRow, SessionRow};
pub(crate) use signing_key::{SigningKeyRow, place_of as place_of_signing_key};
pub(crate) use subscription::SubscriptionRow;
pub(crate) use tokens::{MailedTokenRow, RefreshTokenRow};
pub(crate) use totp::{TotpRow, place_of as place_of_totp};
pub(crate) use user::UserRow;
