//! What every implementation of a storage port promises, tried on PostgreSQL (on Redis, what lives for minutes; on the disk, what is kept in files): tasks
//! behind a barrier, two stores with pools of their own. Each test is named after the MUST it holds the port to.

mod attempts;
mod catalogue;
mod deliveries;
mod endpoints;
mod ephemeral;
mod exports;
mod facts;
mod files;
mod holdings;
mod keeping;
mod keys;
mod log;
mod log_tampering;
mod mail_allowances;
mod mail_requests;
mod mailed_tokens;
mod mails;
mod meters;
mod people;
mod pictures;
mod providers;
mod refresh_tokens;
mod replays;
mod resealing;
mod retention;
mod revocation;
mod sessions;
mod sets;
mod settings;
mod sightings;
mod signing_keys;
mod standings;
mod store;
mod subscriptions;
mod ways_in;
