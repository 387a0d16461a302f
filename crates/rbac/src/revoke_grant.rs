use std::sync::Arc;

use kernel::{Act, Decided, Guard, OrganizationId, Store, UnitOfWork, UserId, Write, carry_out};

use crate::action::Grantee;
use crate::model::{Effect, Grant, Pattern};
use crate::ports::{Grants, Snapshots};
use crate::{Action, Change, Error, Given, Happening, Hold, Holder, manager};

/// Takes back what was given or denied to a member directly: then their role alone decides.
pub struct RevokeGrant {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who may do what.
    pub snapshots: Arc<dyn Snapshots>,
    /// What was given and denied.
    pub grants: Arc<dyn Grants>,
}

impl RevokeGrant {
    /// Whoever ends a denial gives, so they must hold it; nobody takes from somebody above them. Who tries is written down.
    pub async fn run(
        &self,
        act: &Act,
        organization: OrganizationId,
        user: UserId,
        permission: &str,
    ) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let snapshot = self.snapshots.current(organization).await?.ok_or(Error::NotFound)?;
            let giver = Holder::of(act).ok_or(Error::NotFound)?;
            snapshot.member(user).ok_or(Error::NotFound)?;
            let grants = self.grants.of(organization, user).await?;
            let grant = grants.iter().find(|it| it.permission.as_str() == permission).ok_or(Error::NotFound)?;
            let restores = grant.effect == Effect::Deny && grant.is_live(act.at);
            let unheld = (restores && snapshot.holds(giver, &grant.permission) != Hold::ForGood)
                .then(|| Pattern::One(grant.permission.clone()));
            let lacking = manager::lacking(&snapshot, giver).or_else(|| snapshot.above(giver, user)).or(unheld);
            if let Some(lacking) = lacking {
                let whom = Grantee { organization, user, permission: grant.permission.clone() };
                return Ok(Decided::Refused(UnitOfWork::of(act, &Action::GrantRefused(whom)), Error::Beyond(lacking)));
            }
            let unit = decide(act, grant).expect(Guard::Authorization { organization, version: snapshot.version() });
            Ok(Decided::Done(unit, ()))
        })
        .await
    }
}

/// What was said of the permission is said no more.
#[must_use]
pub fn decide(act: &Act, grant: &Grant) -> UnitOfWork<Change> {
    let Grant { organization, user, ref permission, effect, .. } = *grant;
    let whom = Grantee { organization, user, permission: permission.clone() };
    let given = Given::Member { organization, user, permission: permission.clone(), grant: None };
    let (action, happening) = match effect {
        Effect::Allow => (Action::Revoked(whom), Happening::PermissionRevoked(given)),
        Effect::Deny => (Action::Granted(whom), Happening::PermissionGranted(given)),
    };
    UnitOfWork::of(act, &action).change(Change::Grant(Write::Remove { expected: grant.clone() })).announce(&happening)
}

#[cfg(test)]
mod tests;
