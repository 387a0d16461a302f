use std::sync::Arc;

use kernel::{Act, Decided, OrganizationId, OrganizationRef, Problems, Store, UnitOfWork, Write, carry_out};

use crate::model::{Organization, OrganizationName};
use crate::ports::Organizations;
use crate::{Action, Change, Error, Happening};

/// Changes an organization.
pub struct UpdateOrganization {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which organizations there are.
    pub organizations: Arc<dyn Organizations>,
}

/// What is to be another; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationPatch {
    /// What people call it.
    pub name: Option<String>,
    /// Whether its members must prove who they are by more than one factor.
    pub require_mfa: Option<bool>,
}

impl UpdateOrganization {
    /// Seen by the very next request: the snapshot is of another version then.
    pub async fn run(&self, act: &Act, id: OrganizationId, patch: &OrganizationPatch) -> Result<(), Error> {
        let name = match &patch.name {
            None => None,
            Some(name) => Some(
                OrganizationName::parse(name)
                    .ok_or_else(|| Problems::one("name", "The name field must be 1 to 100 printable characters."))?,
            ),
        };
        carry_out(self.store.as_ref(), act, || async {
            let found = self.organizations.find(&OrganizationRef::Id(id)).await?;
            let organization = found.ok_or(Error::NotFound)?;
            let next = Organization {
                name: name.clone().unwrap_or_else(|| organization.name.clone()),
                require_mfa: patch.require_mfa.unwrap_or(organization.require_mfa),
                ..organization.clone()
            };
            if next == organization {
                return Ok(Decided::Nothing(()));
            }
            let unit = UnitOfWork::of(act, &Action::OrganizationUpdated(id))
                .change(Change::Organization(Write::Save { expected: organization, next: next.clone() }))
                .announce(&Happening::OrganizationUpdated(next));
            Ok(Decided::Done(unit, ()))
        })
        .await
    }
}

#[cfg(test)]
mod tests;
