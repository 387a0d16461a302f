use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{Act, Decided, Guard, OrganizationId, OrganizationRef, RoleKey, Store, UnitOfWork, Write, carry_out};

use crate::model::{MemberStatus, Organization};
use crate::ports::{Members, Organizations};
use crate::{Action, Change, Error, Happening};

/// Brings a deleted organization back.
pub struct RestoreOrganization {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which organizations there are.
    pub organizations: Arc<dyn Organizations>,
    /// Which members there are.
    pub members: Arc<dyn Members>,
}

impl RestoreOrganization {
    /// For so long it can be brought back.
    pub const WINDOW: TimeDelta = TimeDelta::days(30);

    /// By an owner who could act in it, with everything that was in it. To others, and afterwards, it is not there.
    pub async fn run(&self, act: &Act, wanted: &OrganizationRef) -> Result<OrganizationId, Error> {
        let user = act.actor.user().ok_or(Error::NotFound)?;
        let organization = match wanted {
            OrganizationRef::Id(id) => *id,
            OrganizationRef::Slug(slug) => self.organizations.id_of(slug).await?.ok_or(Error::NotFound)?,
        };
        carry_out(self.store.as_ref(), act, || async {
            let place = self.members.place(organization, user).await?.ok_or(Error::NotFound)?;
            let owns = place.member.role == RoleKey::OWNER && place.member.status == MemberStatus::Active;
            if !owns {
                return Err(Error::NotFound);
            }
            let deleted_at = place.organization.deleted_at.ok_or(Error::IllegalState)?;
            if act.at >= deleted_at + Self::WINDOW {
                return Err(Error::NotFound);
            }
            let next = Organization { deleted_at: None, ..place.organization.clone() };
            let unit = UnitOfWork::of(act, &Action::OrganizationRestored(organization))
                .expect(Guard::Authorization { organization, version: place.version })
                .change(Change::Organization(Write::Save { expected: place.organization, next: next.clone() }))
                .announce(&Happening::OrganizationUpdated(next));
            Ok(Decided::Done(unit, organization))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, nth};

    use super::*;
    use crate::model::Place;
    use crate::world::{JOHN, World, by, guard, organizations, place};

    fn deleted(role: RoleKey, ago: TimeDelta) -> Place {
        let mut place = place(role, 0);
        place.organization.deleted_at = Some(NOON - ago);
        place
    }

    async fn restore(world: &World) -> Result<(), Error> {
        let mut named = Vec::new();
        for wanted in [OrganizationRef::Id(nth(60)), OrganizationRef::parse("acme").unwrap()] {
            let store = Arc::clone(&world.store);
            let use_case = RestoreOrganization { store, organizations: organizations(), members: world.members() };
            named.push(use_case.run(&by(JOHN), &wanted).await);
        }
        // By id and by slug it is the same one.
        let by_slug = named.pop().unwrap();
        assert_eq!(by_slug.is_ok(), named[0].is_ok());
        by_slug.map(|id| assert_eq!(id, nth(60)))
    }

    #[tokio::test]
    async fn an_owner_has_it_back_for_thirty_days() {
        let place = deleted(RoleKey::OWNER, TimeDelta::days(30) - TimeDelta::microseconds(1));
        let world = World::of(place.clone());
        restore(&world).await.unwrap();
        let unit = world.store.all().pop().unwrap();
        let next = Organization { deleted_at: None, ..place.organization.clone() };
        assert_eq!(unit.changes, [Change::Organization(Write::Save { expected: place.organization, next })]);
        assert_eq!(unit.guards, [guard()]);
        assert_eq!(unit.evidence.audit[0].action, "organization.restored");
        let late = World::of(deleted(RoleKey::OWNER, TimeDelta::days(30)));
        assert!(matches!(restore(&late).await, Err(Error::NotFound)));
    }

    #[tokio::test]
    async fn to_others_it_is_not_there() {
        let mut stopped = deleted(RoleKey::OWNER, TimeDelta::days(1));
        stopped.member.status = MemberStatus::Suspended;
        for place in [stopped, deleted(RoleKey::ADMIN, TimeDelta::days(1))] {
            assert!(matches!(restore(&World::of(place)).await, Err(Error::NotFound)));
        }
        let stranger = World { place: None, ..World::of(place(RoleKey::OWNER, 0)) };
        assert!(matches!(restore(&stranger).await, Err(Error::NotFound)));
    }

    #[tokio::test]
    async fn what_lives_can_not_be_brought_back() {
        assert!(matches!(restore(&World::of(place(RoleKey::OWNER, 0))).await, Err(Error::IllegalState)));
    }
}
