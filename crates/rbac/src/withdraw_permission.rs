use std::sync::Arc;

use kernel::{Act, Decided, Guard, OrganizationId, Store, UnitOfWork, Write, carry_out};

use crate::model::Pattern;
use crate::ports::{CustomPermissions, Roles, Snapshots};
use crate::{Action, Change, Deed, Error, Holder, manager};

/// Removes a permission that an organization declared.
pub struct WithdrawPermission {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who may do what.
    pub snapshots: Arc<dyn Snapshots>,
    /// Which permissions there are.
    pub permissions: Arc<dyn CustomPermissions>,
    /// Which roles hold them.
    pub roles: Arc<dyn Roles>,
}

impl WithdrawPermission {
    /// None that a role names or a member was given or denied. Where a role holds it by a wildcard it is taken from that role,
    /// so only who holds it too withdraws it; who tries is written down.
    pub async fn run(&self, act: &Act, organization: OrganizationId, permission: &str) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let snapshot = self.snapshots.current(organization).await?.ok_or(Error::NotFound)?;
            let all = self.permissions.of(organization).await?;
            let declared = all.iter().find(|it| it.permission.as_str() == permission).ok_or(Error::NotFound)?;
            let named = Pattern::One(declared.permission.clone());
            let holder = Holder::of(act).ok_or(Error::NotFound)?;
            let roles = self.roles.of(organization).await?;
            let patterns = || roles.iter().flat_map(|it| &it.permissions);
            let is_taken = patterns().any(|it| it.holds(&declared.permission));
            let unheld = is_taken && !snapshot.check(holder, &declared.permission).allowed;
            let lacking = manager::lacking(&snapshot, holder).or_else(|| unheld.then(|| named.clone()));
            let action = |deed| Action::Permission { deed, organization, permission: declared.permission.clone() };
            if let Some(lacking) = lacking {
                return Ok(Decided::Refused(UnitOfWork::of(act, &action(Deed::Refused)), Error::Beyond(lacking)));
            }
            if patterns().any(|it| *it == named) || self.permissions.is_granted(declared).await? {
                return Err(Error::InUse);
            }
            let unit = UnitOfWork::of(act, &action(Deed::Deleted))
                .expect(Guard::Authorization { organization, version: snapshot.version() })
                .change(Change::Permission(Write::Remove { expected: declared.clone() }));
            Ok(Decided::Done(unit, ()))
        })
        .await
    }
}

#[cfg(test)]
mod tests;
