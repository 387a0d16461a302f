use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kernel::{Act, Decided, Guard, OrganizationId, Permission, Problems, RoleKey, Store, UnitOfWork, Write, carry_out};

use crate::model::{CustomRole, Pattern};
use crate::ports::{Roles, Snapshots};
use crate::{Action, Change, Deed, Error, Given, Happening, Holder, Snapshot, manager, role_input};

/// Changes a role of an organization's own.
pub struct UpdateRole {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who may do what.
    pub snapshots: Arc<dyn Snapshots>,
    /// Which roles there are.
    pub roles: Arc<dyn Roles>,
}

/// What is to be another; what is absent stays. A role's key never changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolePatch {
    /// What people call it.
    pub name: Option<String>,
    /// What it holds itself, wildcards allowed.
    pub permissions: Option<Vec<String>>,
    /// Whose permissions it holds besides, by key or id.
    pub inherits: Option<Vec<String>>,
}

impl UpdateRole {
    /// Nobody changes one that holds what they do not, nor gives it what they do not hold for good; who tries is written down.
    pub async fn run(
        &self,
        act: &Act,
        organization: OrganizationId,
        role: &str,
        patch: &RolePatch,
    ) -> Result<CustomRole, Error> {
        carry_out(self.store.as_ref(), act, || self.decide(act, organization, role, patch)).await
    }

    async fn decide(
        &self,
        act: &Act,
        organization: OrganizationId,
        role: &str,
        patch: &RolePatch,
    ) -> Result<Decided<Change, CustomRole, Error>, Error> {
        let snapshot = self.snapshots.current(organization).await?.ok_or(Error::NotFound)?;
        let giver = Holder::of(act).ok_or(Error::NotFound)?;
        let all = self.roles.of(organization).await?;
        let role = own(&snapshot, &all, role)?;
        let next = patched(role, patch, &snapshot, &all)?;
        let lacking = manager::lacking(&snapshot, giver).or_else(|| snapshot.role_above(giver, &role.key));
        let (new, inherited) = (beside(&next.permissions, &role.permissions), beside(&next.inherits, &role.inherits));
        let lacking = lacking.or_else(|| snapshot.beyond_all(giver, &new, &inherited));
        // What is taken from a role is taken from all that inherit it, and they may hold more.
        let narrows = beside(&role.permissions, &next.permissions).iter().any(|it| !matches!(it, Pattern::One(_)))
            || !beside(&role.inherits, &next.inherits).is_empty();
        let takes = || narrows || held(&snapshot, role).any(|it| !held(&snapshot, &next).any(|other| other == it));
        let above = || snapshot.heirs(&role.key).filter(|_| takes()).find_map(|it| snapshot.role_above(giver, it));
        if let Some(lacking) = lacking.or_else(above) {
            let action = Action::Role { deed: Deed::Refused, organization, role: role.key.clone() };
            return Ok(Decided::Refused(UnitOfWork::of(act, &action), Error::Beyond(lacking)));
        }
        if next == *role {
            return Ok(Decided::Nothing(next));
        }
        let action = Action::Role { deed: Deed::Updated, organization, role: role.key.clone() };
        let unit = UnitOfWork::of(act, &action)
            .expect(Guard::Authorization { organization, version: snapshot.version() })
            .change(Change::Role(Write::Save { expected: role.clone(), next: next.clone() }));
        Ok(Decided::Done(announced(unit, role, &next, &snapshot), next))
    }
}

/// Those that are not among the others.
fn beside<T: Clone + PartialEq>(these: &[T], others: &[T]) -> Vec<T> {
    these.iter().filter(|it| !others.contains(it)).cloned().collect()
}

/// The organization's own role that is named so; the system's can't be changed.
pub(crate) fn own<'a>(snapshot: &Snapshot, all: &'a [CustomRole], name: &str) -> Result<&'a CustomRole, Error> {
    let key = snapshot.role_named(name).ok_or(Error::NotFound)?;
    all.iter().find(|it| it.key == *key).ok_or(Error::IllegalState)
}

fn patched(
    role: &CustomRole,
    patch: &RolePatch,
    snapshot: &Snapshot,
    all: &[CustomRole],
) -> Result<CustomRole, Problems> {
    let mut problems = Problems::default();
    let mut next = role.clone();
    if let Some(name) = patch.name.as_deref().and_then(|it| role_input::name(&mut problems, it)) {
        next.name = name;
    }
    if let Some(permissions) = &patch.permissions {
        next.permissions = role_input::permissions(&mut problems, permissions, snapshot);
    }
    if let Some(inherits) = &patch.inherits {
        next.inherits = role_input::inherits(&mut problems, inherits, snapshot);
        if reaches(&next.inherits, &role.key, all) {
            problems.add("inherits", "A role must not inherit itself, on whatever way.");
        }
    }
    if problems.is_empty() { Ok(next) } else { Err(problems) }
}

/// Whether one of these is the role, or inherits it on whatever way.
fn reaches(from: &[RoleKey], role: &RoleKey, all: &[CustomRole]) -> bool {
    let inherits: HashMap<&RoleKey, &[RoleKey]> = all.iter().map(|it| (&it.key, it.inherits.as_slice())).collect();
    let (mut open, mut seen): (Vec<&RoleKey>, HashSet<&RoleKey>) = (from.iter().collect(), HashSet::new());
    while let Some(next) = open.pop() {
        if next == role {
            return true;
        }
        if seen.insert(next) {
            open.extend(inherits.get(next).copied().unwrap_or_default());
        }
    }
    false
}

fn held<'a>(snapshot: &'a Snapshot, role: &'a CustomRole) -> impl Iterator<Item = &'a Permission> {
    snapshot.held_by(&role.permissions, &role.inherits)
}

/// Whoever has the role holds more, or less; so does who has a role that inherits it, which is not said.
fn announced(unit: UnitOfWork<Change>, old: &CustomRole, new: &CustomRole, snapshot: &Snapshot) -> UnitOfWork<Change> {
    let all = |role| -> Vec<Permission> { held(snapshot, role).cloned().collect() };
    let (before, after) = (all(old), all(new));
    let given = |some: &[Permission], not: &[Permission]| Given::Role {
        organization: new.organization,
        role: new.key.clone(),
        permissions: some.iter().filter(|it| !not.contains(it)).cloned().collect(),
    };
    let says = |given: &Given| matches!(given, Given::Role { permissions, .. } if !permissions.is_empty());
    let granted = Some(given(&after, &before)).filter(says).map(Happening::PermissionGranted);
    let revoked = Some(given(&before, &after)).filter(says).map(Happening::PermissionRevoked);
    granted.into_iter().chain(revoked).fold(unit, |unit, it| unit.announce(&it))
}

#[cfg(test)]
mod tests;
