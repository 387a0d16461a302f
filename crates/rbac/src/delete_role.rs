use std::sync::Arc;

use kernel::{Act, Decided, Guard, OrganizationId, Store, UnitOfWork, Write, carry_out};

use crate::ports::{Roles, Snapshots};
use crate::update_role::own;
use crate::{Action, Change, Deed, Error, Holder, manager};

/// Removes a role of an organization's own.
pub struct DeleteRole {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who may do what.
    pub snapshots: Arc<dyn Snapshots>,
    /// Which roles there are.
    pub roles: Arc<dyn Roles>,
}

impl DeleteRole {
    /// None that a member has or another role inherits. Invitations to it are worth nothing any more.
    pub async fn run(&self, act: &Act, organization: OrganizationId, role: &str) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let snapshot = self.snapshots.current(organization).await?.ok_or(Error::NotFound)?;
            let all = self.roles.of(organization).await?;
            let role = own(&snapshot, &all, role)?;
            let deed = |deed| Action::Role { deed, organization, role: role.key.clone() };
            let giver = Holder::of(act).ok_or(Error::NotFound)?;
            let lacking = manager::lacking(&snapshot, giver);
            if let Some(lacking) = lacking.or_else(|| snapshot.role_above(giver, &role.key)) {
                return Ok(Decided::Refused(UnitOfWork::of(act, &deed(Deed::Refused)), Error::Beyond(lacking)));
            }
            if snapshot.is_in_use(&role.key) {
                return Err(Error::InUse);
            }
            let unit = UnitOfWork::of(act, &deed(Deed::Deleted))
                .expect(Guard::Authorization { organization, version: snapshot.version() })
                .change(Change::Role(Write::Remove { expected: role.clone() }));
            Ok(Decided::Done(unit, ()))
        })
        .await
    }
}

#[cfg(test)]
mod tests;
