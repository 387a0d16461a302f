use std::sync::Arc;

use kernel::{Act, Decided, Guard, OrganizationId, Permission, Store, UnitOfWork, UserId, Write, carry_out};

use crate::change_role::refused;
use crate::model::{Member, MemberStatus};
use crate::ports::{Authority, Members, Verdict};
use crate::{Action, Change, Error, Happening};

const TEAM_EDIT: Permission = Permission::known("team.edit");
const TEAM_REMOVE: Permission = Permission::known("team.remove");

/// Stops a membership, and lets it count again.
pub struct SuspendMember {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which members there are.
    pub members: Arc<dyn Members>,
    /// Who may act on whom.
    pub authority: Arc<dyn Authority>,
}

impl SuspendMember {
    /// Out of this organization at once, and of no other. Nobody suspends themselves or somebody above them, nor the last
    /// owner who may act; of two owners who suspend each other at the same moment one is too late.
    pub async fn suspend(&self, act: &Act, organization: OrganizationId, user: UserId) -> Result<(), Error> {
        self.set(act, organization, user, MemberStatus::Suspended).await
    }

    /// The membership counts again, as it did before.
    pub async fn reactivate(&self, act: &Act, organization: OrganizationId, user: UserId) -> Result<(), Error> {
        self.set(act, organization, user, MemberStatus::Active).await
    }

    async fn set(
        &self,
        act: &Act,
        organization: OrganizationId,
        user: UserId,
        status: MemberStatus,
    ) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let place = self.members.place(organization, user).await?.ok_or(Error::NotFound)?;
            let needed = match status {
                MemberStatus::Active => TEAM_EDIT,
                MemberStatus::Suspended => TEAM_REMOVE,
            };
            let ruling = self.authority.may_act_on(organization, act, user, &needed).await?.ok_or(Error::NotFound)?;
            if let Verdict::Beyond(lacking) = ruling.verdict {
                return Ok(Decided::Refused(refused(act, organization, user, None), Error::Beyond(lacking)));
            }
            if place.member.status == status {
                return Ok(Decided::Nothing(()));
            }
            // Neither stops themselves nor comes back by themselves.
            if act.actor.principal() == Some(user) {
                return Err(Error::IllegalState);
            }
            let next = Member { status, ..place.member.clone() };
            let (action, happening) = match status {
                MemberStatus::Active => {
                    (Action::MemberReactivated { organization, user }, Happening::MemberReactivated(next.clone()))
                }
                MemberStatus::Suspended if place.is_last_owners() => return Err(Error::LastOwner),
                MemberStatus::Suspended => {
                    (Action::MemberSuspended { organization, user }, Happening::MemberSuspended(next.clone()))
                }
            };
            let unit = UnitOfWork::of(act, &action)
                .expect(Guard::Authorization { organization, version: place.version })
                .expect(Guard::Authorization { organization, version: ruling.version })
                .change(Change::Member(Write::Save { expected: place.member, next }))
                .announce(&happening);
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
    use crate::model::Place;
    use crate::world::{JOHN, World, by, guard, place};

    async fn set(world: &World, by_whom: u64, suspend: bool) -> Result<(), Error> {
        let use_case =
            SuspendMember { store: world.store.clone(), members: world.members(), authority: world.authority() };
        if suspend {
            use_case.suspend(&by(by_whom), nth(60), nth(JOHN)).await
        } else {
            use_case.reactivate(&by(by_whom), nth(60), nth(JOHN)).await
        }
    }

    fn suspended(role: RoleKey) -> Place {
        let mut place = place(role, 1);
        place.member.status = MemberStatus::Suspended;
        place
    }

    #[tokio::test]
    async fn a_membership_stops_and_goes_on() {
        for (place, suspend, status, word) in [
            (place(RoleKey::OWNER, 1), true, MemberStatus::Suspended, "member.suspended"),
            (suspended(RoleKey::OWNER), false, MemberStatus::Active, "member.reactivated"),
        ] {
            let world = World::of(place.clone());
            set(&world, 80, suspend).await.unwrap();
            let unit = world.store.only();
            let next = Member { status, ..place.member.clone() };
            assert_eq!(unit.changes, [Change::Member(Write::Save { expected: place.member, next })]);
            assert_eq!(unit.guards, [guard()]);
            assert_eq!((unit.evidence.audit[0].action, unit.evidence.events[0].kind), (word, word));
        }
    }

    #[tokio::test]
    async fn what_is_so_already_changes_nothing() {
        for (place, suspend) in [(place(RoleKey::MEMBER, 1), false), (suspended(RoleKey::MEMBER), true)] {
            let world = World::of(place);
            set(&world, 80, suspend).await.unwrap();
            assert_eq!(world.store.all(), []);
        }
    }

    #[tokio::test]
    async fn neither_the_last_owner_nor_oneself() {
        assert!(matches!(set(&World::of(place(RoleKey::OWNER, 0)), 80, true).await, Err(Error::LastOwner)));
        for (place, suspend) in [(place(RoleKey::ADMIN, 1), true), (suspended(RoleKey::ADMIN), false)] {
            let world = World::of(place);
            assert!(matches!(set(&world, JOHN, suspend).await, Err(Error::IllegalState)));
            assert_eq!(world.store.all(), []);
        }
    }

    #[tokio::test]
    async fn nobody_above_and_that_it_was_tried_is_written_down() {
        for suspend in [true, false] {
            let world = World { above: Some("audit.view"), ..World::of(place(RoleKey::ADMIN, 1)) };
            assert!(matches!(set(&world, 80, suspend).await, Err(Error::Beyond(it)) if it == "audit.view"));
            let unit = world.store.only();
            assert_eq!((unit.changes.len(), unit.evidence.audit[0].action), (0, "member.refused"));
        }
    }

    #[tokio::test]
    async fn strangers_are_not_found() {
        let world = World { place: None, ..World::of(place(RoleKey::ADMIN, 1)) };
        assert!(matches!(set(&world, 80, true).await, Err(Error::NotFound)));
    }
}
