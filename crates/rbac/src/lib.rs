//! Who may do what: permissions, roles, and a decision engine that is pure and synchronous.
//!
//! A service that links this crate loads [`Facts`], builds a [`Snapshot`] and asks it; with the feature `cache`, the
//! `SnapshotCache` keeps the snapshots of many organizations current.
//!
//! ```
//! use kernel::testing::nth; // the kernel's feature `mocks`
//! use kernel::{RoleKey, UserId};
//! use rbac::{Facts, MemberFact, Snapshot, system};
//!
//! let ann: UserId = nth(1);
//! let member = MemberFact { user: ann, role: RoleKey::MEMBER, active: true };
//! let facts = Facts {
//!     organization: nth(2),
//!     version: 1,
//!     require_mfa: false,
//!     roles: vec![],
//!     permissions: vec![],
//!     members: vec![member],
//! };
//! let snapshot = Snapshot::build(facts);
//! assert!(snapshot.check(ann, &system::TEAM_VIEW).allowed);
//! assert!(!snapshot.check(ann, &system::TEAM_INVITE).allowed);
//! ```
//!
//! In its tests, `ports::MockAuthorizations` (feature `mocks`) stands in for the database.
#![warn(missing_docs)]

mod action;
#[cfg(any(test, feature = "cache"))]
mod cache;
mod facts;
mod model;
pub mod ports;
mod snapshot;
pub mod system;

pub use action::Action;
#[cfg(any(test, feature = "cache"))]
pub use cache::SnapshotCache;
pub use facts::{Facts, MemberFact};
pub use model::{Pattern, Role};
pub use snapshot::{Because, Holder, Reason, Snapshot, Verdict};
