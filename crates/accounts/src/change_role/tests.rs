use kernel::testing::{NOON, Units, act, nth};
use kernel::{Actor, Permission, Write};
use rbac::ports::MockGrants;
use rbac::{Effect, Facts, Grant, GrantFact, MemberFact};
use tenancy::Member;
use tenancy::ports::MockMembers;

use super::*;
use crate::testing::{ACME, JOHN, facts, member, node_of};
use identity::ports::{MockKeys, MockUsers};
use identity::testing::johndoe;

const OWNER: u64 = 80;
const ADMIN: u64 = 81;

/// John is this, beside an owner and an admin.
struct World {
    store: Arc<Units<Change>>,
    john: MemberFact,
    other_owners: u64,
    johns_grants: Vec<Grant>,
    johns_account: UserStatus,
}

fn denial() -> Grant {
    Grant {
        organization: nth(ACME),
        user: nth(JOHN),
        permission: Permission::known("team.view"),
        effect: Effect::Deny,
        expires_at: None,
        granted_by: nth(OWNER),
        created_at: NOON,
        version: 1,
    }
}

impl World {
    fn of(john: MemberFact) -> Self {
        Self { store: Arc::default(), john, other_owners: 1, johns_grants: vec![], johns_account: UserStatus::Active }
    }

    fn facts(&self) -> Facts {
        facts(vec![self.john.clone(), member(OWNER, RoleKey::OWNER), member(ADMIN, RoleKey::ADMIN)])
    }

    fn use_case(&self) -> ChangeRole {
        let mut members = MockMembers::new();
        let (all, other_owners) = (self.facts().members, self.other_owners);
        members.expect_place().returning(move |organization, user| {
            let place = |it: &MemberFact| Place {
                organization: tenancy::testing::acme(organization),
                version: 7,
                member: Member {
                    organization,
                    user,
                    role: it.role.clone(),
                    status: if it.active { MemberStatus::Active } else { MemberStatus::Suspended },
                    joined_at: NOON,
                    version: 1,
                },
                other_owners,
            };
            Ok(all.iter().find(|it| it.user == user).map(place))
        });
        let (mut grants, johns) = (MockGrants::new(), self.johns_grants.clone());
        grants.expect_of().withf(|_, user| *user == nth(JOHN)).returning(move |_, _| Ok(johns.clone()));
        let (mut users, status) = (MockUsers::new(), self.johns_account);
        let deleted_at = (status == UserStatus::Deleted).then_some(NOON);
        let john = identity::User { status, deleted_at, ..johndoe(nth(JOHN)) };
        users.expect_by_id().withf(|it| *it == nth(JOHN)).returning(move |_| Ok(Some(john.clone())));
        ChangeRole {
            store: self.store.clone(),
            members: Arc::new(members),
            users: Arc::new(users),
            snapshots: node_of(self.facts(), MockKeys::new()),
            grants: Arc::new(grants),
        }
    }

    async fn change(&self, by_whom: u64, role: &str) -> Result<(), Error> {
        self.change_as(&by(by_whom), role).await
    }

    async fn change_as(&self, act: &Act, role: &str) -> Result<(), Error> {
        self.use_case().run(act, nth(ACME), nth(JOHN), role).await
    }

    async fn transfer(&self, by_whom: u64, to: u64) -> Result<(), Error> {
        self.use_case().transfer_ownership(&by(by_whom), nth(ACME), nth(to)).await
    }

    fn roles(&self) -> Vec<(UserId, RoleKey)> {
        let next = |it: &Change| match it {
            Change::Tenancy(tenancy::Change::Member(Write::Save { next, .. })) => Some((next.user, next.role.clone())),
            _ => None,
        };
        self.store.only().changes.iter().filter_map(next).collect()
    }
}

fn by(user: u64) -> Act {
    act().by(Actor::User { id: nth(user), session: nth(90) }).within(nth(ACME))
}

fn johns_guard() -> Guard {
    identity::rules::session_guard(&johndoe(nth(JOHN)))
}

fn guard() -> Guard {
    Guard::Authorization { organization: nth(ACME), version: 7 }
}

#[tokio::test]
async fn a_member_gets_another_role_by_key_or_id() {
    for name in ["admin", "00000000-0000-7000-8000-000000000002"] {
        let world = World::of(member(JOHN, RoleKey::MEMBER));
        world.change(ADMIN, name).await.unwrap();
        assert_eq!(world.roles(), [(nth(JOHN), RoleKey::ADMIN)]);
        assert_eq!(world.store.only().guards, [guard(), johns_guard()]);
    }
}

#[tokio::test]
async fn an_unknown_role_is_told_and_the_same_one_is_no_change() {
    let world = World::of(member(JOHN, RoleKey::MEMBER));
    assert!(matches!(world.change(ADMIN, "emperor").await, Err(Error::Identity(identity::Error::Invalid(_)))));
    world.change(ADMIN, "member").await.unwrap();
    assert_eq!(world.store.all(), []);
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_hold_nor_acts_on_somebody_above_them() {
    for (john, by_whom, role, reason) in [
        (member(JOHN, RoleKey::MEMBER), ADMIN, "owner", "role_beyond_own"),
        (member(JOHN, RoleKey::OWNER), ADMIN, "member", "member_above"),
        (member(JOHN, RoleKey::MEMBER), JOHN, "admin", "role_beyond_own"),
        (MemberFact { active: false, ..member(JOHN, RoleKey::ADMIN) }, JOHN, "admin", "role_beyond_own"),
    ] {
        let world = World::of(john);
        let answer = world.change(by_whom, role).await;
        assert!(matches!(answer, Err(Error::Rbac(rbac::Error::Beyond(_)))), "{answer:?}");
        let unit = world.store.only();
        assert_eq!(unit.changes, []);
        assert_eq!(unit.evidence.audit[0].outcome, kernel::Outcome::Refused(reason));
    }
}

#[tokio::test]
async fn one_demotes_oneself_even_where_something_was_denied_to_one() {
    let denied = GrantFact { permission: Permission::known("audit.view"), effect: Effect::Deny, expires_at: None };
    let world = World::of(MemberFact { grants: vec![denied], ..member(JOHN, RoleKey::ADMIN) });
    world.change(JOHN, "member").await.unwrap();
    assert_eq!(world.roles(), [(nth(JOHN), RoleKey::MEMBER)]);
}

#[tokio::test]
async fn the_last_owner_stays_one() {
    let world = World { other_owners: 0, ..World::of(member(JOHN, RoleKey::OWNER)) };
    for by_whom in [JOHN, OWNER] {
        let answer = world.change(by_whom, "admin").await;
        assert!(matches!(answer, Err(Error::Tenancy(tenancy::Error::LastOwner))));
    }
    assert_eq!(world.store.all(), []);
}

#[tokio::test]
async fn what_was_said_of_a_member_is_said_no_more_of_an_owner() {
    let world = World { johns_grants: vec![denial()], ..World::of(member(JOHN, RoleKey::MEMBER)) };
    world.change(OWNER, "owner").await.unwrap();
    let unit = world.store.only();
    assert_eq!(unit.changes[1], Change::Rbac(rbac::Change::Grant(Write::Remove { expected: denial() })));
    let events: Vec<_> = unit.evidence.events.iter().map(|it| it.kind).collect();
    assert_eq!(events, ["role.removed", "role.assigned", "permission.granted"]);
}

#[tokio::test]
async fn ownership_changes_hands() {
    let world = World { other_owners: 0, ..World::of(member(JOHN, RoleKey::MEMBER)) };
    world.transfer(OWNER, JOHN).await.unwrap();
    assert_eq!(world.roles(), [(nth(JOHN), RoleKey::OWNER), (nth(OWNER), RoleKey::ADMIN)]);
    let guards = world.store.only().guards;
    assert!(guards.contains(&guard()) && guards.contains(&johns_guard()), "{guards:?}");
    // To somebody who owns it too: then there is one owner less.
    let world = World::of(member(JOHN, RoleKey::OWNER));
    world.transfer(OWNER, JOHN).await.unwrap();
    assert_eq!(world.roles(), [(nth(OWNER), RoleKey::ADMIN)]);
}

#[tokio::test]
async fn only_owners_hand_over_and_to_somebody_who_may_act() {
    let world = World::of(member(JOHN, RoleKey::MEMBER));
    let refused = world.transfer(ADMIN, JOHN).await;
    let lacking = Pattern::parse("organization.delete").unwrap();
    assert!(matches!(refused, Err(Error::Rbac(rbac::Error::Beyond(it))) if it == lacking));
    assert_eq!(world.store.only().evidence.audit[0].action, "member.refused");
    let stopped = World::of(MemberFact { active: false, ..member(JOHN, RoleKey::MEMBER) });
    for to in [JOHN, OWNER] {
        let answer = stopped.transfer(OWNER, to).await;
        assert!(matches!(answer, Err(Error::Tenancy(tenancy::Error::IllegalState))));
    }
    assert!(matches!(stopped.transfer(OWNER, 99).await, Err(Error::NotFound)));
    assert_eq!(stopped.store.all(), []);
}

#[tokio::test]
async fn a_platform_administrator_appoints_an_owner_without_being_one() {
    let world = World { johns_grants: vec![denial()], ..World::of(member(JOHN, RoleKey::MEMBER)) };
    world.use_case().appoint_owner(&by(99), nth(ACME), nth(JOHN)).await.unwrap();
    assert_eq!(world.roles(), [(nth(JOHN), RoleKey::OWNER)]);
    assert!(world.store.only().guards.contains(&johns_guard()));
    assert!(matches!(world.use_case().appoint_owner(&by(99), nth(ACME), nth(98)).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn an_account_that_is_stopped_owns_nothing_by_itself() {
    for status in [UserStatus::Suspended, UserStatus::Deleted, UserStatus::Erased] {
        let world = World { johns_account: status, ..World::of(member(JOHN, RoleKey::MEMBER)) };
        for answer in
            [world.transfer(OWNER, JOHN).await, world.use_case().appoint_owner(&by(99), nth(ACME), nth(JOHN)).await]
        {
            assert!(matches!(answer, Err(Error::Tenancy(tenancy::Error::IllegalState))), "{answer:?}");
        }
        assert_eq!(world.store.all(), []);
    }
}

#[tokio::test]
async fn who_is_on_their_way_out_is_a_member_no_more() {
    let world = World { johns_account: UserStatus::Deleted, ..World::of(member(JOHN, RoleKey::MEMBER)) };
    assert!(matches!(world.change(OWNER, "admin").await, Err(Error::NotFound)));
    assert_eq!(world.store.all(), []);
    let stopped = World { johns_account: UserStatus::Suspended, ..World::of(member(JOHN, RoleKey::MEMBER)) };
    stopped.change(OWNER, "admin").await.unwrap();
}

#[tokio::test]
async fn who_manages_no_roles_any_more_gives_none() {
    let denied = Permission::known("team.manage_roles");
    let denied = GrantFact { permission: denied, effect: Effect::Deny, expires_at: None };
    let narrowed = |to| by(JOHN).narrowed(Some(kernel::Narrowed::To(to)));
    let unasked = MemberFact { grants: vec![denied], ..member(JOHN, RoleKey::ADMIN) };
    for (john, act, role, reason) in [
        (unasked, by(JOHN), "member", "role_beyond_own"),
        // What a token may not, it may not on its own person either.
        (member(JOHN, RoleKey::OWNER), narrowed([TEAM_MANAGE_ROLES].into()), "admin", "member_above"),
    ] {
        let world = World::of(john);
        let answer = world.change_as(&act, role).await;
        assert!(matches!(answer, Err(Error::Rbac(rbac::Error::Beyond(_)))), "{answer:?}");
        assert_eq!(world.store.only().evidence.audit[0].outcome, kernel::Outcome::Refused(reason));
    }
}
