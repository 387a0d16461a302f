//! What people do, over HTTP, against the real router and a real PostgreSQL.

mod accept_invitation;
mod audit;
mod bad_input;
mod entitlements;
mod idempotency;
mod nodes;
mod operations;
mod permissions;
mod sessions;
mod sign_up;
mod smtp;
mod team;
mod webhooks;
