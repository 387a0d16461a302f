use std::sync::Arc;

use kernel::{
    Act, Decided, Guard, OrganizationId, Permission, Problems, RoleKey, Store, Time, UnitOfWork, UserId, Write,
    carry_out,
};

use crate::action::Grantee;
use crate::model::{Effect, Grant, Pattern};
use crate::ports::{Grants, Snapshots};
use crate::{Action, Change, Error, Given, Happening, Hold, Holder, manager};

/// Gives or denies a member one permission directly.
pub struct GrantPermission {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who may do what.
    pub snapshots: Arc<dyn Snapshots>,
    /// What was given and denied.
    pub grants: Arc<dyn Grants>,
}

/// Whom, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantInput {
    /// The member.
    pub user: UserId,
    /// The permission's key.
    pub permission: String,
    /// Given or denied.
    pub effect: Effect,
    /// Until when; without end where absent.
    pub expires_at: Option<Time>,
}

impl GrantPermission {
    /// How many a member has at most.
    pub const MOST: usize = 100;

    /// Takes the place of what was said of it before. Nobody gives what they do not hold, nor gives to or denies somebody
    /// above them; who tries is written down. Owners hold everything, so there is nothing to say of them.
    pub async fn run(&self, act: &Act, organization: OrganizationId, input: &GrantInput) -> Result<Grant, Error> {
        let permission = Permission::parse(&input.permission).ok_or(Error::NotFound)?;
        if input.expires_at.is_some_and(|it| it <= act.at) {
            return Err(Problems::one("expires_at", "The expires_at field must lie in the future.").into());
        }
        carry_out(self.store.as_ref(), act, || self.decide(act, organization, input, &permission)).await
    }

    async fn decide(
        &self,
        act: &Act,
        organization: OrganizationId,
        input: &GrantInput,
        permission: &Permission,
    ) -> Result<Decided<Change, Grant, Error>, Error> {
        let GrantInput { user, effect, expires_at, .. } = *input;
        let snapshot = self.snapshots.current(organization).await?.ok_or(Error::NotFound)?;
        let giver = Holder::of(act).ok_or(Error::NotFound)?;
        let (role, _) = snapshot.member(user).ok_or(Error::NotFound)?;
        if !snapshot.knows(permission) {
            return Err(Error::NotFound);
        }
        let whom = Grantee { organization, user, permission: permission.clone() };
        let grants = self.grants.of(organization, user).await?;
        let old = grants.iter().find(|it| it.permission == *permission);
        // Whom it was denied has it back, maybe for good, once the denial is over.
        let ends_sooner = |old: &Grant| match (expires_at, old.expires_at) {
            (Some(new), Some(old)) => new < old,
            (new, _) => new.is_some(),
        };
        let lifts = old.is_some_and(|it| {
            it.effect == Effect::Deny && it.is_live(act.at) && (effect == Effect::Allow || ends_sooner(it))
        });
        let suffices = match snapshot.holds(giver, permission) {
            Hold::ForGood => true,
            // Who has it for a while gives it for no longer.
            Hold::Until(end) => !lifts && (effect == Effect::Deny || expires_at.is_some_and(|it| it <= end)),
            Hold::Not => !lifts && effect == Effect::Deny,
        };
        let unheld = (!suffices).then(|| Pattern::One(permission.clone()));
        let lacking = manager::lacking(&snapshot, giver).or_else(|| snapshot.above(giver, user)).or(unheld);
        if let Some(lacking) = lacking {
            return Ok(Decided::Refused(UnitOfWork::of(act, &Action::GrantRefused(whom)), Error::Beyond(lacking)));
        }
        if *role == RoleKey::OWNER {
            return Err(Error::IllegalState);
        }
        let grant = Grant {
            organization,
            user,
            permission: permission.clone(),
            effect,
            expires_at,
            granted_by: giver.user,
            created_at: act.at,
            version: 0,
        };
        let write = match old {
            Some(old) if (old.effect, old.expires_at) == (effect, expires_at) => {
                return Ok(Decided::Nothing(old.clone()));
            }
            Some(old) => Write::Save { expected: old.clone(), next: grant.clone() },
            None if grants.len() >= Self::MOST => return Err(Error::TooMany),
            None => Write::Add(grant.clone()),
        };
        let said = Given::Member { organization, user, permission: permission.clone(), grant: Some(grant.clone()) };
        let (action, happening) = match effect {
            Effect::Allow => (Action::Granted(whom), Happening::PermissionGranted(said)),
            Effect::Deny => (Action::Revoked(whom), Happening::PermissionRevoked(said)),
        };
        let unit = UnitOfWork::of(act, &action)
            .expect(Guard::Authorization { organization, version: snapshot.version() })
            .change(Change::Grant(write))
            .announce(&happening);
        Ok(Decided::Done(unit, grant))
    }
}

#[cfg(test)]
mod tests;
