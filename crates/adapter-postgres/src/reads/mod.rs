//! What is only read: each port one file, on the [`crate::Database`] itself.

mod authorizations;
mod catalogue;
mod exports;
mod holdings;
mod invitations;
mod memberships;
mod organizations;
mod people;
mod sessions;
mod settings;
mod signing_keys;
mod standings;
mod subscriptions;
mod team;
mod trail;
mod users;
