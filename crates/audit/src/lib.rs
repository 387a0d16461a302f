//! The audit trail: what was done and what was refused, by whom, to what, when, from where.
//!
//! Entries are written by the store in the transaction of the change they tell of; this crate reads them.
#![warn(missing_docs)]

mod entry;
mod filter;
pub mod ports;

pub use entry::{Detail, Entry};
pub use filter::Filter;
