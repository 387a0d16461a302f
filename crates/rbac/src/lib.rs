//! Who may do what: permissions, roles, and a decision engine that is pure and synchronous.
//!
//! A service that links this crate loads [`Facts`], builds a [`Snapshot`] and asks it; with the feature `cache`, the
//! `SnapshotCache` keeps the snapshots of many organizations current.
#![warn(missing_docs)]

mod action;
#[cfg(feature = "cache")]
mod cache;
mod facts;
mod model;
pub mod ports;
mod snapshot;
pub mod system;

pub use action::Action;
#[cfg(feature = "cache")]
pub use cache::SnapshotCache;
pub use facts::{Facts, MemberFact};
pub use model::{Pattern, Role};
pub use snapshot::{Because, Reason, Snapshot, Verdict};
