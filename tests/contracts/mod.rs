//! What every implementation of a storage port promises, tried on PostgreSQL: tasks behind a barrier, two stores with
//! pools of their own. Each test is named after the MUST it holds the port to.

mod deliveries;
mod facts;
mod mailed_tokens;
mod mails;
mod meters;
mod refresh_tokens;
mod retention;
mod store;
