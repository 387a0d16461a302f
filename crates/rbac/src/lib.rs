//! Who may do what: permissions, roles, and a decision engine that is pure and synchronous.
//!
//! A service that links this crate loads [`Facts`], builds a [`Snapshot`] and asks it; with the feature `cache`, the
//! `SnapshotCache` keeps the snapshots of many organizations current.
//!
//! ```
//! use kernel::testing::{NOON, nth}; // the kernel's feature `mocks`
//! use rbac::{Facts, Holder, MemberFact, RoleKey, Rules, Snapshot, UserId, system};
//!
//! let ann: UserId = nth(1);
//! let member = MemberFact { user: ann, role: RoleKey::MEMBER, active: true, grants: vec![] };
//! let facts = Facts { organization: nth(2), version: 1, rules: Rules::default(), members: vec![member] };
//! let snapshot = Snapshot::build(facts);
//! assert!(snapshot.check(Holder::at(ann, NOON), &system::TEAM_VIEW).allowed);
//! assert!(!snapshot.check(Holder::at(ann, NOON), &system::TEAM_INVITE).allowed);
//! ```
//!
//! `examples/` has two that stand alone.
//!
//! In its tests, `ports::MockAuthorizations` (feature `mocks`) stands in for the database.
#![warn(missing_docs)]

mod action;
#[cfg(any(test, feature = "cache"))]
mod cache;
mod change;
mod create_role;
mod declare_permission;
mod delete_role;
mod error;
mod facts;
mod grant_permission;
mod happening;
mod manager;
mod model;
pub mod ports;
mod revoke_grant;
mod role_input;
mod snapshot;
pub mod system;
mod update_role;
mod withdraw_permission;
#[cfg(test)]
mod world;

pub use action::{Action, Deed};
#[cfg(any(test, feature = "cache"))]
pub use cache::SnapshotCache;
pub use change::Change;
pub use create_role::{CreateRole, RoleInput};
pub use declare_permission::DeclarePermission;
pub use delete_role::DeleteRole;
pub use error::Error;
pub use facts::{Delta, Facts, GrantFact, MemberFact, Rules, Unreadable};
pub use grant_permission::{GrantInput, GrantPermission};
pub use happening::{Given, Happening};
pub use kernel::{OrganizationId, Permission, RoleId, RoleKey, Time, UserId};
pub use model::{CustomPermission, CustomRole, Effect, Grant, Pattern, Role};
pub use revoke_grant::RevokeGrant;
pub use snapshot::{Because, Explanation, Hold, Holder, Reason, Snapshot, Verdict, Vocabularies};
pub use update_role::{RolePatch, UpdateRole};
pub use withdraw_permission::WithdrawPermission;

/// The rules, for use cases that span domains: pure, without ports.
pub mod rules {
    pub use crate::revoke_grant::decide as revoke;
}

/// What the documentation shows in Rust is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/authorization.md")]
struct Documentation;
