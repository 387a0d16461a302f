use std::sync::Arc;

use kernel::{Act, Decided, OrganizationId, OrganizationRef, Permission, Store, UnitOfWork, Write, carry_out};

use crate::model::Organization;
use crate::ports::{Authority, Organizations};
use crate::{Action, Change, Error, Happening};

const ORGANIZATION_DELETE: Permission = Permission::known("organization.delete");

/// Deletes an organization; for a while its owners can have it back.
pub struct DeleteOrganization {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which organizations there are.
    pub organizations: Arc<dyn Organizations>,
    /// Who may do what.
    pub authority: Arc<dyn Authority>,
}

impl DeleteOrganization {
    /// Nobody gets in any more, by whatever credential; its slugs stay its own.
    pub async fn run(&self, act: &Act, organization: OrganizationId) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let found = self.organizations.find(&OrganizationRef::Id(organization)).await?;
            let found = found.ok_or(Error::NotFound)?;
            let guard = self.authority.require(organization, act, &ORGANIZATION_DELETE).await?;
            Ok(Decided::Done(decide(act, &found).expect(guard), ()))
        })
        .await
    }
}

/// The organization is deleted.
pub(crate) fn decide(act: &Act, organization: &Organization) -> UnitOfWork<Change> {
    let next = Organization { deleted_at: Some(act.at), ..organization.clone() };
    UnitOfWork::of(act, &Action::OrganizationDeleted(organization.id))
        .change(Change::Organization(Write::Save { expected: organization.clone(), next: next.clone() }))
        .announce(&Happening::OrganizationDeleted(next))
}

#[cfg(test)]
mod tests {
    use kernel::RoleKey;
    use kernel::testing::{NOON, nth};

    use super::*;
    use crate::testing::acme;
    use crate::world::{World, by, guard, organizations, place};

    #[tokio::test]
    async fn it_is_deleted_and_that_is_told() {
        let world = World::of(place(RoleKey::OWNER, 0));
        let use_case = DeleteOrganization {
            store: world.store.clone(),
            organizations: organizations(),
            authority: world.authority(),
        };
        use_case.run(&by(80), nth(60)).await.unwrap();
        let unit = world.store.only();
        assert_eq!(unit.guards, [guard()]);
        let next = Organization { deleted_at: Some(NOON), ..acme(nth(60)) };
        assert_eq!(unit.changes, [Change::Organization(Write::Save { expected: acme(nth(60)), next })]);
        let deleted = "organization.deleted";
        assert_eq!((unit.evidence.audit[0].action, unit.evidence.events[0].kind), (deleted, deleted));
        assert!(matches!(use_case.run(&by(80), nth(61)).await, Err(Error::NotFound)));
    }

    #[tokio::test]
    async fn who_may_not_any_more_is_told_so() {
        let world = World { denied: true, ..World::of(place(RoleKey::ADMIN, 1)) };
        let use_case = DeleteOrganization {
            store: world.store.clone(),
            organizations: organizations(),
            authority: world.authority(),
        };
        let refused = use_case.run(&by(80), nth(60)).await;
        assert!(matches!(refused, Err(Error::Beyond(it)) if it == "organization.delete"));
        assert_eq!(world.store.all(), []);
    }
}
