//! Screens that join domains: flat rows, one port each, one query each. Handlers call them directly.

mod export;
mod history;
mod memberships;
mod people;
mod team;
mod tenants;

/// The actions that [`History::decisive`] reads.
pub use crate::replay::DECISIVE;
pub use export::{Export, Exports, InvitationRow, MailedRow};
pub use history::{ActionCount, ActorCount, Counts, History};
pub use memberships::{MembershipRow, Memberships};
pub use people::{People, PeopleFilter, PersonRow};
pub use team::{Team, TeamRow};
pub use tenants::{TenantRow, Tenants};

#[cfg(any(test, feature = "mocks"))]
pub use export::MockExports;
#[cfg(any(test, feature = "mocks"))]
pub use history::MockHistory;
#[cfg(any(test, feature = "mocks"))]
pub use memberships::MockMemberships;
#[cfg(any(test, feature = "mocks"))]
pub use people::MockPeople;
#[cfg(any(test, feature = "mocks"))]
pub use team::MockTeam;
#[cfg(any(test, feature = "mocks"))]
pub use tenants::MockTenants;
