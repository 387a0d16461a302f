use std::sync::Arc;

use kernel::{Act, Decided, Guard, OrganizationId, Problems, RoleKey, Store, UnitOfWork, Write, carry_out};

use crate::model::CustomRole;
use crate::ports::{Roles, Snapshots};
use crate::{Action, Change, Deed, Error, Holder, manager, role_input};

/// Adds a role to an organization's own.
pub struct CreateRole {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who may do what.
    pub snapshots: Arc<dyn Snapshots>,
    /// Which roles there are.
    pub roles: Arc<dyn Roles>,
}

/// What the role is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleInput {
    /// Its name for programs.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// What it holds itself, wildcards allowed.
    pub permissions: Vec<String>,
    /// Whose permissions it holds besides, by key or id.
    pub inherits: Vec<String>,
}

impl CreateRole {
    /// How many roles of its own an organization has at most.
    pub const MOST: usize = 100;

    /// Nobody makes one that holds what they do not; who tries is written down.
    pub async fn run(&self, act: &Act, organization: OrganizationId, input: &RoleInput) -> Result<CustomRole, Error> {
        carry_out(self.store.as_ref(), act, || self.decide(act, organization, input)).await
    }

    async fn decide(
        &self,
        act: &Act,
        organization: OrganizationId,
        input: &RoleInput,
    ) -> Result<Decided<Change, CustomRole, Error>, Error> {
        let snapshot = self.snapshots.current(organization).await?.ok_or(Error::NotFound)?;
        let giver = Holder::of(act).ok_or(Error::NotFound)?;
        let mut problems = Problems::default();
        let sentence = "The key field must be 1 to 50 characters, only lower case letters, digits, hyphens and \
                        underscores; it must not read as an id.";
        let key = problems.check("key", RoleKey::parse(&input.key), sentence);
        let name = role_input::name(&mut problems, &input.name);
        let permissions = role_input::permissions(&mut problems, &input.permissions, &snapshot);
        let inherits = role_input::inherits(&mut problems, &input.inherits, &snapshot);
        let (Some(key), Some(name), true) = (key, name, problems.is_empty()) else { return Err(problems.into()) };
        let lacking = manager::lacking(&snapshot, giver);
        if let Some(lacking) = lacking.or_else(|| snapshot.beyond_all(giver, &permissions, &inherits)) {
            let refused = UnitOfWork::of(act, &Action::Role { deed: Deed::Refused, organization, role: key });
            return Ok(Decided::Refused(refused, Error::Beyond(lacking)));
        }
        if snapshot.has_role(&key) {
            return Err(Error::RoleTaken);
        }
        if self.roles.of(organization).await?.len() >= Self::MOST {
            return Err(Error::TooMany);
        }
        let role =
            CustomRole { id: act.id(), organization, key, name, permissions, inherits, created_at: act.at, version: 0 };
        let unit = UnitOfWork::of(act, &Action::Role { deed: Deed::Created, organization, role: role.key.clone() })
            .expect(Guard::Authorization { organization, version: snapshot.version() })
            .change(Change::Role(Write::Add(role.clone())));
        Ok(Decided::Done(unit, role))
    }
}

#[cfg(test)]
mod tests;
