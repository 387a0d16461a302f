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
    /// None that a role names or a member was given or denied, nor one that they do not hold themselves.
    pub async fn run(&self, act: &Act, organization: OrganizationId, permission: &str) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let snapshot = self.snapshots.current(organization).await?.ok_or(Error::NotFound)?;
            let all = self.permissions.of(organization).await?;
            let declared = all.iter().find(|it| it.permission.as_str() == permission).ok_or(Error::NotFound)?;
            let named = Pattern::One(declared.permission.clone());
            let holder = Holder::of(act).ok_or(Error::NotFound)?;
            // Who holds it by a wildcard loses it.
            let unheld = (!snapshot.check(holder, &declared.permission).allowed).then(|| named.clone());
            if let Some(lacking) = manager::lacking(&snapshot, holder).or(unheld) {
                return Err(Error::Beyond(lacking));
            }
            let is_held = self.roles.of(organization).await?.iter().any(|it| it.permissions.contains(&named));
            if is_held || self.permissions.is_granted(declared).await? {
                return Err(Error::InUse);
            }
            let permission = declared.permission.clone();
            let unit = UnitOfWork::of(act, &Action::Permission { deed: Deed::Deleted, organization, permission })
                .expect(Guard::Authorization { organization, version: snapshot.version() })
                .change(Change::Permission(Write::Remove { expected: declared.clone() }));
            Ok(Decided::Done(unit, ()))
        })
        .await
    }
}

#[cfg(test)]
mod tests;
