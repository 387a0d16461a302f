//! What is only read: each port one file, on the [`crate::Database`] itself.

mod authorizations;
mod catalogue;
mod custom_permissions;
mod exports;
mod grants;
mod holdings;
mod identities;
mod invitations;
mod keys;
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
mod trail;
mod users;
