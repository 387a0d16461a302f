//! What every implementation of a storage port promises, tried on PostgreSQL: tasks behind a barrier, two stores with
//! pools of their own. Each test is named after the MUST it holds the port to.

mod attempts;
mod deliveries;
mod exports;
mod facts;
mod holdings;
mod mail_allowances;
mod mail_requests;
mod mailed_tokens;
mod mails;
mod meters;
mod people;
mod refresh_tokens;
mod retention;
mod sessions;
mod sets;
mod settings;
mod sightings;
mod signing_keys;
mod store;
