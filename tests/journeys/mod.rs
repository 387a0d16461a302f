//! What people do, over HTTP, against the real router and a real PostgreSQL.

mod accept_invitation;
mod account_deletion;
mod administration;
mod audit;
mod bad_input;
mod email_change;
mod entitlements;
mod idempotency;
mod lockout;
mod nodes;
mod operations;
mod passwords;
mod permissions;
mod profile;
mod registration;
mod seed_002;
mod seed_004;
mod session_list;
mod sessions;
mod sign_up;
mod signing_keys;
mod smtp;
mod team;
mod webhooks;
