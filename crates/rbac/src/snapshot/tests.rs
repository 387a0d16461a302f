use std::collections::HashSet;

use chrono::TimeDelta;
use kernel::testing::{NOON, nth};
use proptest::prelude::*;

use super::*;
use crate::facts::{GrantFact, Rules};
use crate::model::Role;
use crate::system;

mod changing;
mod giving;
mod granting;
mod narrowed;

const HIVES_OPEN: Permission = Permission::known("hives.open");

fn permission(key: &str) -> Permission {
    Permission::parse(key).unwrap()
}

fn key(key: &str) -> RoleKey {
    RoleKey::parse(key).unwrap()
}

fn role(name: &str, permissions: &[&str], inherits: &[&str]) -> Role {
    Role {
        id: nth(u64::from(name.bytes().map(u32::from).sum::<u32>())),
        key: key(name),
        name: name.to_owned(),
        permissions: permissions.iter().map(|it| Pattern::parse(it).unwrap()).collect(),
        inherits: inherits.iter().map(|it| key(it)).collect(),
        is_system: false,
    }
}

fn member(n: u64, role: &str) -> MemberFact {
    MemberFact { user: nth(n), role: key(role), active: true, grants: vec![] }
}

fn facts(roles: Vec<Role>, permissions: Vec<Permission>, members: Vec<MemberFact>) -> Facts {
    Facts { organization: nth(60), version: 7, rules: Rules { require_mfa: false, roles, permissions }, members }
}

/// The `n`-th member has the `n`-th of these roles; `hives.open` is declared.
fn snapshot(roles: Vec<Role>, members: &[&str]) -> Snapshot {
    let members = (1..).zip(members).map(|(n, role)| member(n, role));
    Snapshot::build(facts(roles, vec![HIVES_OPEN], members.collect()))
}

/// The `n`-th member, by nothing but themselves, at noon.
fn who(n: u64) -> Holder<'static> {
    Holder::at(nth(n), NOON)
}

/// What the `n`-th member may, as told.
fn held(snapshot: &Snapshot, n: u64) -> Vec<&str> {
    snapshot.permissions_of(who(n)).map(Permission::as_str).collect()
}

fn reason(snapshot: &Snapshot, n: u64, permission: &Permission) -> Reason {
    let verdict = snapshot.check(who(n), permission);
    assert_eq!(verdict.allowed, matches!(verdict.reason, Reason::HeldByRole | Reason::Granted));
    verdict.reason
}

/// The contract's table (section 5), written out.
const MATRIX: &[(&str, &[&str])] = &[
    ("organization.view", &["owner", "admin", "member"]),
    ("organization.update", &["owner", "admin"]),
    ("organization.delete", &["owner"]),
    ("team.view", &["owner", "admin", "member"]),
    ("team.invite", &["owner", "admin"]),
    ("team.edit", &["owner", "admin"]),
    ("team.remove", &["owner", "admin"]),
    ("team.manage_roles", &["owner", "admin"]),
    ("api_keys.view", &["owner", "admin"]),
    ("api_keys.manage", &["owner", "admin"]),
    ("webhooks.view", &["owner", "admin"]),
    ("webhooks.manage", &["owner", "admin"]),
    ("audit.view", &["owner", "admin"]),
    ("audit.export", &["owner", "admin"]),
    ("entitlements.view", &["owner", "admin", "member"]),
    ("entitlements.manage", &["owner", "admin"]),
    ("entitlements.consume", &["owner", "admin", "member"]),
];

#[test]
fn the_system_roles_hold_what_the_contract_says() {
    let roles = ["owner", "admin", "member"];
    let snapshot = snapshot(vec![], &roles);
    for (name, holders) in MATRIX {
        for (n, role) in (1..).zip(roles) {
            let allowed = snapshot.check(who(n), &permission(name)).allowed;
            assert_eq!(allowed, holders.contains(&role), "{role} {name}");
        }
    }
    let named: HashSet<_> = MATRIX.iter().map(|(name, _)| *name).collect();
    let known: HashSet<_> = system::PERMISSIONS.iter().map(|(it, _)| it.as_str()).collect();
    assert_eq!(named, known);
}

#[test]
fn what_an_organization_declares_is_its_owners() {
    let snapshot = snapshot(vec![], &["owner", "admin"]);
    assert_eq!(reason(&snapshot, 1, &HIVES_OPEN), Reason::HeldByRole);
    assert_eq!(reason(&snapshot, 2, &HIVES_OPEN), Reason::NotGranted);
}

#[test]
fn a_refusal_says_why() {
    let idle = MemberFact { active: false, ..member(2, "owner") };
    let members = vec![member(1, "owner"), idle, member(3, "member"), member(4, "gone")];
    let facts = facts(vec![], vec![], members);
    let snapshot = Snapshot::build(facts);
    assert_eq!(reason(&snapshot, 2, &system::TEAM_VIEW), Reason::MemberSuspended);
    assert_eq!(reason(&snapshot, 3, &system::TEAM_INVITE), Reason::NotGranted);
    assert_eq!(reason(&snapshot, 4, &system::TEAM_VIEW), Reason::NotAMember);
    assert_eq!(reason(&snapshot, 5, &system::TEAM_VIEW), Reason::NotAMember);
    // Not even an owner holds what nobody declared.
    assert_eq!(reason(&snapshot, 1, &HIVES_OPEN), Reason::UnknownPermission);
    assert_eq!(held(&snapshot, 2), [] as [&str; 0]);
    assert_eq!(snapshot.member(nth(2)), Some((&RoleKey::OWNER, false)));
    assert_eq!((snapshot.organization(), snapshot.version()), (nth(60), 7));
}

#[test]
fn a_role_holds_what_it_inherits_however_far() {
    let roles = vec![
        role("keeper", &["hives.open"], &["helper"]),
        role("helper", &["team.view"], &["guest"]),
        role("guest", &["organization.view"], &["nobody"]),
    ];
    let snapshot = snapshot(roles, &["keeper", "helper", "guest"]);
    assert_eq!(held(&snapshot, 1), ["hives.open", "organization.view", "team.view"]);
    assert_eq!(held(&snapshot, 2), ["organization.view", "team.view"]);
    assert_eq!(held(&snapshot, 3), ["organization.view"]);
}

#[test]
fn a_cycle_of_inheritance_ends() {
    let roles = vec![role("a", &["team.view"], &["b"]), role("b", &["hives.open"], &["a"]), role("c", &["*"], &["c"])];
    let snapshot = snapshot(roles, &["a", "b"]);
    assert_eq!(held(&snapshot, 1), ["hives.open", "team.view"]);
    assert_eq!(held(&snapshot, 1), held(&snapshot, 2));
}

#[test]
fn no_role_stands_in_for_a_system_role() {
    let snapshot = snapshot(vec![role("member", &["*"], &[])], &["member", "owner"]);
    assert_eq!(reason(&snapshot, 1, &system::TEAM_INVITE), Reason::NotGranted);
    assert_eq!(snapshot.beyond(who(2), &RoleKey::MEMBER), None);
}

#[test]
fn an_explanation_names_the_roles_and_patterns_that_decided() {
    let roles = vec![role("lead", &["team.view", "hives.*"], &["helper"]), role("helper", &["team.*"], &[])];
    let snapshot = snapshot(roles, &["lead"]);
    let because =
        |name: &str, pattern: &str| Because::Role { role: key(name), pattern: Pattern::parse(pattern).unwrap() };
    let explain = |n, permission: &Permission| snapshot.explain(who(n), permission).because;
    assert_eq!(explain(1, &system::TEAM_VIEW), [because("lead", "team.view"), because("helper", "team.*")]);
    assert_eq!(explain(1, &HIVES_OPEN), [because("lead", "hives.*")]);
    assert_eq!(explain(1, &system::AUDIT_VIEW), []);
    assert_eq!(explain(2, &system::TEAM_VIEW), []);
    assert_eq!(snapshot.explain(who(2), &system::TEAM_VIEW).verdict.reason, Reason::NotAMember);
}

#[test]
fn a_role_is_named_by_key_or_id() {
    let lead = role("lead", &[], &[]);
    let (id, snapshot) = (lead.id, snapshot(vec![lead], &["lead"]));
    assert_eq!(snapshot.role_named(&id.to_string()), Some(&key("lead")));
    assert_eq!(snapshot.role_named("lead"), Some(&key("lead")));
    assert_eq!(snapshot.role_named("00000000-0000-7000-8000-000000000001"), Some(&RoleKey::OWNER));
    for unknown in ["Lead", "", "leader", "00000000-0000-7000-8000-000000000009"] {
        assert_eq!(snapshot.role_named(unknown), None, "{unknown}");
    }
}

#[test]
fn a_role_is_in_use_while_somebody_has_it_or_another_inherits_it() {
    let roles = vec![role("lead", &[], &["helper"]), role("helper", &[], &["guest"]), role("guest", &[], &[])];
    let mut facts = facts(roles, vec![], vec![member(1, "lead")]);
    facts.members[0].active = false;
    let snapshot = Snapshot::build(facts);
    for (name, used) in [("lead", true), ("helper", true), ("guest", true), ("owner", false), ("gone", false)] {
        assert_eq!(snapshot.is_in_use(&key(name)), used, "{name}");
    }
}

#[test]
fn the_facts_may_say_what_the_systems_roles_are() {
    let mut member_role = system::roles().remove(2);
    member_role.permissions = vec![Pattern::One(HIVES_OPEN)];
    let snapshot = snapshot(vec![role("lead", &["team.view"], &[]), member_role], &["member", "admin", "lead"]);
    assert_eq!(held(&snapshot, 1), ["hives.open"]);
    assert!(held(&snapshot, 2).contains(&"team.invite"));
    assert_eq!(held(&snapshot, 3), ["team.view"]);
}

/// What a member may, from the words of the contract and without any of the engine's tricks: it is given or denied to them
/// directly, deny beats allow, and else some role reachable from the member's own has a pattern that spells the permission
/// out.
fn naive(facts: &Facts, user: UserId, permission: &str) -> bool {
    let roles: Vec<Role> = system::roles().into_iter().chain(facts.rules.roles.iter().cloned()).collect();
    let declared = system::PERMISSIONS
        .iter()
        .map(|(it, _)| it)
        .chain(&facts.rules.permissions)
        .any(|it| it.as_str() == permission);
    let Some(member) = facts.members.iter().find(|it| it.user == user) else { return false };
    let mut reachable = HashSet::from([member.role.clone()]);
    for _ in 0..=roles.len() {
        for role in roles.iter().filter(|it| reachable.contains(&it.key)).cloned().collect::<Vec<_>>() {
            reachable.extend(role.inherits);
        }
    }
    let matches = |pattern: &str| {
        pattern == "*"
            || pattern == permission
            || pattern.strip_suffix('*').is_some_and(|it| permission.starts_with(it))
    };
    let said = |effect| {
        let lives = |it: &GrantFact| it.expires_at.is_none_or(|end| end > NOON);
        member.grants.iter().any(|it| it.permission.as_str() == permission && it.effect == effect && lives(it))
    };
    let by_role = || {
        let own = roles.iter().filter(|it| reachable.contains(&it.key));
        own.flat_map(|it| &it.permissions).any(|pattern| matches(&pattern.to_string()))
    };
    member.active && declared && !said(Effect::Deny) && (said(Effect::Allow) || by_role())
}

const KEYS: [&str; 7] = ["owner", "admin", "member", "r0", "r1", "r2", "r3"];
const DECLARABLE: [&str; 5] = ["hives.open", "hives.close", "hives.x.close", "hivesx.open", "team.paint"];
const PATTERNS: [&str; 8] =
    ["*", "hives.*", "hives.x.*", "hives.open", "team.*", "team.paint", "hivesx.open", "audit.view"];

fn arbitrary_role(n: usize) -> impl Strategy<Value = Role> {
    let some = |of: &'static [&'static str]| prop::collection::vec(prop::sample::select(of), 0..3);
    (some(&PATTERNS), some(&KEYS[1..])).prop_map(move |(held, inherits)| role(&format!("r{n}"), &held, &inherits))
}

fn arbitrary_grants() -> impl Strategy<Value = Vec<GrantFact>> {
    let names = [&DECLARABLE[..], &["team.view", "organization.view"]].concat();
    let end = prop::option::of(prop_oneof![Just(-1), Just(0), Just(1)]);
    let one = (any::<bool>(), end).prop_map(|(allow, end)| {
        let effect = if allow { Effect::Allow } else { Effect::Deny };
        (effect, end.map(|it| NOON + TimeDelta::seconds(it)))
    });
    let some = (prop::sample::subsequence(names, 0..4), prop::collection::vec(one, 4));
    some.prop_map(|(names, said)| {
        let grants = names.into_iter().zip(said);
        grants
            .map(|(name, (effect, expires_at))| GrantFact { permission: permission(name), effect, expires_at })
            .collect()
    })
}

fn arbitrary_member() -> impl Strategy<Value = (&'static str, bool, Vec<GrantFact>)> {
    (prop::sample::select(&KEYS[..]), any::<bool>(), arbitrary_grants())
}

fn arbitrary_facts() -> impl Strategy<Value = Facts> {
    let roles = (0..4).map(arbitrary_role).collect::<Vec<_>>();
    let permissions = prop::sample::subsequence(DECLARABLE.to_vec(), 0..=DECLARABLE.len());
    let members = prop::collection::vec(arbitrary_member(), 1..6);
    (roles, permissions, members).prop_map(|(roles, permissions, members)| {
        let members =
            (1..).zip(members).map(|(n, (role, active, grants))| MemberFact { active, grants, ..member(n, role) });
        facts(roles, permissions.into_iter().map(permission).collect(), members.collect())
    })
}

/// Every permission that anybody could be asked about.
fn asked() -> impl Iterator<Item = &'static str> {
    DECLARABLE.into_iter().chain(MATRIX.iter().map(|(name, _)| *name))
}

proptest! {
    #[test]
    fn the_engine_decides_as_the_definition_does(facts in arbitrary_facts()) {
        let snapshot = Snapshot::build(facts.clone());
        for (n, name) in asked().flat_map(|name| (1..7).map(move |n| (n, name))) {
            let expected = naive(&facts, nth(n), name);
            let asked = permission(name);
            let verdict = snapshot.check(who(n), &asked);
            prop_assert_eq!(verdict.allowed, expected, "member {} {}", n, name);
            let explained = snapshot.explain(who(n), &asked);
            prop_assert_eq!(explained.verdict, verdict);
            prop_assert!(!expected || !explained.because.is_empty(), "member {} {}", n, name);
            prop_assert_eq!(held(&snapshot, n).contains(&name), expected);
            prop_assert_eq!(snapshot.holders(&asked, NOON).any(|(user, _)| user == nth(n)), expected);
            let many: Vec<_> = snapshot.check_many(who(n), [&asked, &system::TEAM_VIEW]).collect();
            prop_assert_eq!(many, [verdict, snapshot.check(who(n), &system::TEAM_VIEW)]);
        }
    }
}
