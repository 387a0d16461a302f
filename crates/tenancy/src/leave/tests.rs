use kernel::testing::{NOON, act, nth};
use kernel::{Change as _, Outcome, Scope};

use super::*;
use crate::model::MemberStatus;
use crate::testing::{acme, invitation};

/// John alone in Acme, with one who is asked to join.
fn alone(role: RoleKey) -> Holding {
    Holding {
        organization: acme(nth(60)),
        version: 7,
        member: Member {
            organization: nth(60),
            user: nth(50),
            role,
            status: MemberStatus::Active,
            joined_at: NOON,
            version: 1,
        },
        other_members: 0,
        members_on_their_way_out: 0,
        other_owners: 0,
        pending: vec![invitation(nth(70), nth(60), nth(50), &act().token())],
    }
}

fn among(role: RoleKey, other_members: u64, other_owners: u64) -> Holding {
    Holding { other_members, other_owners, ..alone(role) }
}

fn guard() -> Guard {
    Guard::Authorization { organization: nth(60), version: 7 }
}

fn told(unit: &UnitOfWork<Change>) -> Vec<&'static str> {
    assert!(
        unit.evidence.audit.iter().all(|it| it.scope == Scope::Organization(nth(60)) && it.outcome == Outcome::Done)
    );
    unit.evidence.audit.iter().map(|it| it.action).collect()
}

fn announced(unit: &UnitOfWork<Change>) -> Vec<&'static str> {
    unit.evidence.events.iter().map(|it| it.kind).collect()
}

#[test]
fn the_last_owner_of_others_hands_over_first() {
    assert!(matches!(stop(&act(), &among(RoleKey::OWNER, 1, 0)), Err(Error::SoleOwner)));
}

#[test]
fn who_owns_nothing_just_stops() {
    for others in [0, 1] {
        for role in [RoleKey::MEMBER, RoleKey::ADMIN] {
            assert_eq!(stop(&act(), &among(role, others, others)).unwrap(), None);
        }
    }
}

#[test]
fn of_two_owners_who_go_at_once_one_finds_it_stale() {
    let holding = among(RoleKey::OWNER, 1, 1);
    let unit = stop(&act(), &holding).unwrap().unwrap();
    assert_eq!(unit.guards, [guard()]);
    // Nothing changes but the version that the other's guard expects.
    let save = Change::Member(Write::Save { expected: holding.member.clone(), next: holding.member.clone() });
    assert_eq!(
        (unit.changes[0].authorization().map(|(it, _)| it), unit.changes.as_slice()),
        (Some(nth(60)), [save].as_slice())
    );
    assert_eq!((told(&unit), announced(&unit)), (vec!["member.stopped"], vec![]));
}

#[test]
fn into_an_organization_that_nobody_looks_after_nobody_comes() {
    let holding = alone(RoleKey::OWNER);
    let unit = stop(&act(), &holding).unwrap().unwrap();
    let next = Invitation { status: InvitationStatus::Cancelled, ..holding.pending[0].clone() };
    let cancelled = Change::Invitation(Write::Save { expected: holding.pending[0].clone(), next });
    assert_eq!((unit.changes.len(), &unit.changes[1]), (2, &cancelled));
    assert_eq!(
        (unit.guards.as_slice(), told(&unit)),
        ([guard()].as_slice(), vec!["member.stopped", "invitation.cancelled"])
    );
}

#[test]
fn who_leaves_others_is_removed_alone() {
    for holding in [among(RoleKey::MEMBER, 1, 1), among(RoleKey::MEMBER, 1, 0), among(RoleKey::OWNER, 2, 1)] {
        let unit = leave(&act(), &holding).unwrap();
        assert_eq!(unit.guards, [guard()]);
        assert_eq!(unit.changes, [Change::Member(Write::Remove { expected: holding.member.clone() })]);
        assert_eq!((told(&unit), announced(&unit)), (vec!["member.removed"], vec!["member.removed"]));
    }
}

#[test]
fn an_organization_without_anybody_goes_too() {
    let holding = alone(RoleKey::OWNER);
    let unit = leave(&act(), &holding).unwrap();
    let deleted = Organization { deleted_at: Some(NOON), ..acme(nth(60)) };
    let removed = Change::Member(Write::Remove { expected: holding.member.clone() });
    let gone = Change::Organization(Write::Save { expected: acme(nth(60)), next: deleted });
    assert_eq!(unit.changes, [removed, gone]);
    let both = vec!["member.removed", "organization.deleted"];
    assert_eq!((unit.guards.as_slice(), told(&unit), announced(&unit)), ([guard()].as_slice(), both.clone(), both));
}

#[test]
fn an_organization_whose_others_may_come_back_stays() {
    let holding = Holding { members_on_their_way_out: 1, ..alone(RoleKey::MEMBER) };
    assert_eq!(told(&leave(&act(), &holding).unwrap()), ["member.removed"]);
}

#[test]
fn the_last_owner_of_others_stays_as_nobody() {
    assert_eq!(leave(&act(), &among(RoleKey::OWNER, 1, 0)), None);
}
