use std::sync::Arc;

use kernel::{Act, Decided, Guard, OrganizationId, Permission, Store, UnitOfWork, UserId, Write, carry_out};

use crate::change_role::refused;
use crate::ports::{Authority, Members, Verdict};
use crate::{Action, Change, Error, Happening};

const TEAM_REMOVE: Permission = Permission::known("team.remove");

/// Takes a user out of an organization.
pub struct RemoveMember {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which members there are.
    pub members: Arc<dyn Members>,
    /// Who may act on whom.
    pub authority: Arc<dyn Authority>,
}

impl RemoveMember {
    /// Out of this organization at once, and of no other; what was given to them directly goes too. Nobody removes somebody
    /// above them; everybody may remove themselves, but for the last owner who may act.
    pub async fn run(&self, act: &Act, organization: OrganizationId, user: UserId) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let place = self.members.place(organization, user).await?.ok_or(Error::NotFound)?;
            let ruling =
                self.authority.may_act_on(organization, act, user, &TEAM_REMOVE).await?.ok_or(Error::NotFound)?;
            if let Verdict::Beyond(lacking) = ruling.verdict {
                return Ok(Decided::Refused(refused(act, organization, user, None), Error::Beyond(lacking)));
            }
            if place.is_last_owners() {
                return Err(Error::LastOwner);
            }
            let unit = UnitOfWork::of(act, &Action::MemberRemoved { organization, user })
                .expect(Guard::Authorization { organization, version: place.version })
                .expect(Guard::Authorization { organization, version: ruling.version })
                .change(Change::Member(Write::Remove { expected: place.member.clone() }))
                .announce(&Happening::MemberRemoved(place.member));
            Ok(Decided::Done(unit, ()))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use kernel::RoleKey;
    use kernel::testing::nth;

    use super::*;
    use crate::world::{JOHN, World, by, guard, place};

    async fn remove(world: &World, by_whom: u64) -> Result<(), Error> {
        let use_case =
            RemoveMember { store: world.store.clone(), members: world.members(), authority: world.authority() };
        use_case.run(&by(by_whom), nth(60), nth(JOHN)).await
    }

    #[tokio::test]
    async fn a_member_goes_by_others_or_by_themselves() {
        for by_whom in [80, JOHN] {
            let place = place(RoleKey::OWNER, 1);
            let world = World::of(place.clone());
            remove(&world, by_whom).await.unwrap();
            let unit = world.store.only();
            assert_eq!(unit.changes, [Change::Member(Write::Remove { expected: place.member })]);
            assert_eq!(unit.guards, [guard()]);
            let told = (unit.evidence.audit[0].action, unit.evidence.events[0].kind);
            assert_eq!(told, ("member.removed", "member.removed"));
        }
    }

    #[tokio::test]
    async fn the_last_owner_stays() {
        for by_whom in [80, JOHN] {
            let world = World::of(place(RoleKey::OWNER, 0));
            assert!(matches!(remove(&world, by_whom).await, Err(Error::LastOwner)));
            assert_eq!(world.store.all(), []);
        }
    }

    #[tokio::test]
    async fn nobody_above_and_that_it_was_tried_is_written_down() {
        let world = World { above: Some("*"), ..World::of(place(RoleKey::OWNER, 1)) };
        assert!(matches!(remove(&world, 80).await, Err(Error::Beyond(_))));
        assert_eq!(world.store.only().evidence.audit[0].action, "member.refused");
    }

    /// The two looked at different moments: one of them is wrong, and the store will say so.
    #[tokio::test]
    async fn what_was_seen_at_two_moments_is_decided_again() {
        let mut place = place(RoleKey::MEMBER, 1);
        place.version = 8;
        let world = World::of(place);
        remove(&world, 80).await.unwrap();
        assert_eq!(world.store.only().guards.len(), 2);
    }
}
