//! Screens that join domains: flat rows, one port each, one query each. Handlers call them directly.

mod memberships;
mod team;

pub use memberships::{MembershipRow, Memberships};
pub use team::{Team, TeamRow};

#[cfg(any(test, feature = "mocks"))]
pub use memberships::MockMemberships;
#[cfg(any(test, feature = "mocks"))]
pub use team::MockTeam;
