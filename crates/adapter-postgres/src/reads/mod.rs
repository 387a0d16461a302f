//! What is only read: each port one file, on the [`crate::Database`] itself.

mod authorizations;
mod catalogue;
mod exports;
mod holdings;
mod identities;
mod invitations;
mod keys;
mod memberships;
mod organizations;
mod passkeys;
mod people;
mod sessions;
mod settings;
mod signing_keys;
mod standings;
mod subscriptions;
mod team;
mod totps;
mod trail;
mod users;
