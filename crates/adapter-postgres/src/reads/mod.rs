//! What is only read: each port one file, on the [`crate::Database`] itself.

mod authorizations;
mod catalogue;
mod invitations;
mod memberships;
mod organizations;
mod sessions;
mod standings;
mod subscriptions;
mod team;
mod trail;
mod users;
