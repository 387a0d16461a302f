use kernel::{Act, Guard, OrganizationId, RoleKey, UnitOfWork, UserId, Write};

use crate::model::{Member, Place};
use crate::{Action, Change, Error, Happening};

/// The member has another role; that they had another before is announced too. `None` where it is the same. The last owner
/// who may act stays one.
pub fn decide(act: &Act, place: &Place, role: &RoleKey) -> Result<Option<UnitOfWork<Change>>, Error> {
    let Member { organization, user, .. } = place.member;
    if place.member.role == *role {
        return Ok(None);
    }
    if place.is_last_owners() {
        return Err(Error::LastOwner);
    }
    let next = Member { role: role.clone(), ..place.member.clone() };
    let unit = UnitOfWork::of(act, &Action::RoleAssigned { organization, user })
        .expect(Guard::Authorization { organization, version: place.version })
        .change(Change::Member(Write::Save { expected: place.member.clone(), next: next.clone() }))
        .announce(&Happening::RoleRemoved { member: next.clone(), role: place.member.role.clone() })
        .announce(&Happening::RoleAssigned(next));
    Ok(Some(unit))
}

/// That somebody tried it, who may not act on the member or not give the role.
#[must_use]
pub fn refused(act: &Act, organization: OrganizationId, user: UserId, role: Option<&RoleKey>) -> UnitOfWork<Change> {
    UnitOfWork::of(act, &Action::MemberRefused { organization, user, role: role.cloned() })
}

#[cfg(test)]
mod tests {
    use kernel::testing::nth;

    use super::*;
    use crate::world::{by, guard, place};

    #[test]
    fn one_role_goes_and_another_comes() {
        let place = place(RoleKey::MEMBER, 1);
        let unit = decide(&by(80), &place, &RoleKey::ADMIN).unwrap().unwrap();
        let next = Member { role: RoleKey::ADMIN, ..place.member.clone() };
        assert_eq!(unit.changes, [Change::Member(Write::Save { expected: place.member, next })]);
        assert_eq!(unit.guards, [guard()]);
        assert_eq!(unit.evidence.audit[0].action, "role.assigned");
        let events: Vec<_> = unit.evidence.events.iter().map(|it| (it.kind, it.data["role"].clone())).collect();
        assert_eq!(events, [("role.removed", "member".into()), ("role.assigned", "admin".into())]);
    }

    #[test]
    fn the_same_role_is_no_change() {
        assert_eq!(decide(&by(80), &place(RoleKey::OWNER, 0), &RoleKey::OWNER).unwrap(), None);
    }

    #[test]
    fn the_last_owner_stays_one() {
        assert!(matches!(decide(&by(80), &place(RoleKey::OWNER, 0), &RoleKey::ADMIN), Err(Error::LastOwner)));
        assert!(decide(&by(80), &place(RoleKey::OWNER, 1), &RoleKey::ADMIN).unwrap().is_some());
        assert!(decide(&by(80), &place(RoleKey::ADMIN, 0), &RoleKey::OWNER).unwrap().is_some());
    }

    #[test]
    fn what_was_refused_says_on_whom_and_why() {
        for (role, reason) in [(None, "member_above"), (Some(RoleKey::OWNER), "role_beyond_own")] {
            let unit = refused(&by(80), nth(60), nth(50), role.as_ref());
            assert_eq!(unit.evidence.audit[0].outcome, kernel::Outcome::Refused(reason));
            assert_eq!(unit.changes, []);
        }
    }
}
