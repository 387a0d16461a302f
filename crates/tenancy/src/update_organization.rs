use std::sync::Arc;

use kernel::{
    Act, Decided, OrganizationId, OrganizationRef, Permission, Problems, Store, UnitOfWork, Write, carry_out,
};

use crate::model::{Organization, OrganizationName, check_slug};
use crate::ports::{Authority, Organizations};
use crate::{Action, Change, Error, Happening};

/// Changes an organization.
pub struct UpdateOrganization {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which organizations there are.
    pub organizations: Arc<dyn Organizations>,
    /// Who may do what.
    pub authority: Arc<dyn Authority>,
}

pub(crate) const ORGANIZATION_UPDATE: Permission = Permission::known("organization.update");

/// What is to be another; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationPatch {
    /// What people call it.
    pub name: Option<String>,
    /// Its name in addresses. Those it had before lead to it for ever, and to nobody else.
    pub slug: Option<String>,
    /// Whether its members must prove who they are by more than one factor.
    pub require_mfa: Option<bool>,
}

impl UpdateOrganization {
    /// Seen by the very next request: the snapshot is of another version then.
    pub async fn run(&self, act: &Act, id: OrganizationId, patch: &OrganizationPatch) -> Result<(), Error> {
        let mut problems = Problems::default();
        let sentence = "The name field must be 1 to 100 printable characters.";
        let name = patch.name.as_deref().and_then(|it| problems.check("name", OrganizationName::parse(it), sentence));
        let slug = patch.slug.as_deref().map(check_slug);
        let slug = slug.and_then(|it| it.map_err(|sentence| problems.add("slug", sentence)).ok());
        if !problems.is_empty() {
            return Err(problems.into());
        }
        carry_out(self.store.as_ref(), act, || async {
            let found = self.organizations.find(&OrganizationRef::Id(id)).await?;
            let organization = found.ok_or(Error::NotFound)?;
            let next = Organization {
                name: name.clone().unwrap_or_else(|| organization.name.clone()),
                slug: slug.clone().unwrap_or_else(|| organization.slug.clone()),
                require_mfa: patch.require_mfa.unwrap_or(organization.require_mfa),
                ..organization.clone()
            };
            if next == organization {
                return Ok(Decided::Nothing(()));
            }
            let guard = self.authority.require(id, act, &ORGANIZATION_UPDATE).await?;
            let unit = UnitOfWork::of(act, &Action::OrganizationUpdated(id))
                .expect(guard)
                .change(Change::Organization(Write::Save { expected: organization, next: next.clone() }))
                .announce(&Happening::OrganizationUpdated(next));
            Ok(Decided::Done(unit, ()))
        })
        .await
    }
}

#[cfg(test)]
mod tests;
