//! How each domain's changes become statements.

mod accounts;
mod audit;
mod entitlements;
mod identity;
mod of_organization;
mod of_user;
mod rbac;
mod slugs;
mod tenancy;
mod webhooks;

use diesel_async::AsyncPgConnection;
use kernel::{OrganizationId, Sealer, Signal, UserId};

use crate::refusal::Refusal;

/// A change that this adapter can make, and what it must know beforehand to take its locks in one order.
pub(crate) trait Apply: kernel::Change {
    /// The organization this founds: its authorization begins here and can't have moved on.
    fn founds(&self) -> Option<OrganizationId> {
        None
    }

    /// The user this adds: nobody else knows it yet.
    fn adds_user(&self) -> Option<UserId> {
        None
    }

    /// The user this changes, or changes a set of whose things: held alone while it is done.
    fn holds_user(&self) -> Option<UserId> {
        None
    }

    /// Makes it, where what it was decided on still holds. Adds to `signals` what the change itself could not foresee.
    fn apply(
        &self,
        connection: &mut AsyncPgConnection,
        sealer: &dyn Sealer,
        signals: &mut Vec<Signal>,
    ) -> impl Future<Output = Result<(), Refusal>> + Send;
}

/// Makes changes in their order, and adds what the nodes must learn to `signals`.
pub(crate) async fn apply_all<C: Apply>(
    changes: &[C],
    connection: &mut AsyncPgConnection,
    sealer: &dyn Sealer,
    signals: &mut Vec<Signal>,
) -> Result<(), Refusal> {
    for change in changes {
        change.apply(connection, sealer, signals).await?;
        signals.extend(change.signal());
    }
    Ok(())
}

/// Nothing matched the key and the version that was read: somebody was faster.
fn one(rows: usize) -> Result<(), Refusal> {
    if rows == 1 { Ok(()) } else { Err(Refusal::Stale(None)) }
}

/// One aggregate of one row: added, or saved or removed over the version it was read at.
macro_rules! write_row {
    ($connection:expr, $write:expr, $table:ident, $row:expr, $this:expr) => {{
        let (row, this) = ($row, $this);
        match $write {
            kernel::Write::Add(next) => {
                diesel::insert_into($table::table).values(row(next)).execute($connection).await?;
                Ok(())
            }
            kernel::Write::Save { expected, next } => {
                let mut row = row(next);
                row.version = expected.version + 1;
                let old = $table::table.filter(this(expected)).filter($table::version.eq(expected.version));
                one(diesel::update(old).set(row).execute($connection).await?)
            }
            kernel::Write::Remove { expected } => {
                let old = $table::table.filter(this(expected)).filter($table::version.eq(expected.version));
                one(diesel::delete(old).execute($connection).await?)
            }
        }
    }};
}
use write_row;
