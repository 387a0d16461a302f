//! What is only read: each port one file, on the [`crate::Database`] itself.

mod authorizations;
mod backlog;
mod catalogue;
mod custom_permissions;
pub(crate) mod delivery_log;
mod endpoints;
mod exports;
mod grants;
mod history;
mod holdings;
mod identities;
mod invitations;
mod keys;
pub(crate) mod log;
mod members;
mod memberships;
mod organizations;
mod passkeys;
mod people;
mod roles;
mod sessions;
mod settings;
mod signing_keys;
mod standings;
mod subscriptions;
mod team;
mod tenants;
mod totps;
pub(crate) mod trail;
mod users;

pub use backlog::Backlog;
