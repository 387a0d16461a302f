use std::collections::HashSet;

use kernel::testing::nth;
use proptest::prelude::*;

use super::*;
use crate::facts::MemberFact;

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
        key: key(name),
        name: name.to_owned(),
        permissions: permissions.iter().map(|it| Pattern::parse(it).unwrap()).collect(),
        inherits: inherits.iter().map(|it| key(it)).collect(),
        is_system: false,
    }
}

/// The `n`-th member has the `n`-th of these roles; `hives.open` is declared.
fn snapshot(roles: Vec<Role>, members: &[&str]) -> Snapshot {
    let members = (1..).zip(members).map(|(n, role)| MemberFact { user: nth(n), role: key(role), active: true });
    Snapshot::build(Facts {
        organization: nth(60),
        version: 7,
        require_mfa: false,
        roles,
        permissions: vec![HIVES_OPEN],
        members: members.collect(),
    })
}

/// What the `n`-th member may, as told.
fn held(snapshot: &Snapshot, n: u64) -> Vec<&str> {
    snapshot.permissions_of(nth::<UserId>(n)).map(Permission::as_str).collect()
}

fn reason(snapshot: &Snapshot, n: u64, permission: &Permission) -> Reason {
    let verdict = snapshot.check(nth::<UserId>(n), permission);
    assert_eq!(verdict.allowed, verdict.reason == Reason::HeldByRole);
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
            let allowed = snapshot.check(nth::<UserId>(n), &permission(name)).allowed;
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
    let facts = Facts {
        organization: nth(60),
        version: 7,
        require_mfa: false,
        roles: vec![],
        permissions: vec![],
        members: vec![
            MemberFact { user: nth(1), role: RoleKey::OWNER, active: true },
            MemberFact { user: nth(2), role: RoleKey::OWNER, active: false },
            MemberFact { user: nth(3), role: RoleKey::MEMBER, active: true },
            MemberFact { user: nth(4), role: key("gone"), active: true },
        ],
    };
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
    assert_eq!(snapshot.beyond(nth::<UserId>(2), &RoleKey::MEMBER), None);
}

#[test]
fn nobody_gives_what_they_do_not_hold() {
    let roles = vec![role("auditor", &["audit.*"], &[]), role("keeper", &["hives.open"], &["auditor"])];
    let snapshot = snapshot(roles, &["owner", "admin", "member", "auditor"]);
    let beyond = |n, role: &str| snapshot.beyond(nth::<UserId>(n), &key(role)).map(Permission::as_str);
    for role in ["owner", "admin", "member", "auditor", "keeper"] {
        assert_eq!(beyond(1, role), None, "{role}");
    }
    assert_eq!(beyond(2, "admin"), None);
    assert_eq!(beyond(2, "auditor"), None);
    assert_eq!(beyond(2, "keeper"), Some("hives.open"));
    assert_eq!(beyond(3, "member"), None);
    assert_eq!(beyond(3, "admin"), Some("api_keys.manage"));
    assert_eq!(beyond(4, "auditor"), None);
    assert_eq!(beyond(4, "member"), Some("entitlements.consume"));
    // A stranger gives nothing.
    assert_eq!(beyond(5, "member"), Some("entitlements.consume"));
    assert!(snapshot.has_role(&key("keeper")) && !snapshot.has_role(&key("gone")));
}

#[test]
fn only_owners_give_the_owners_role() {
    let everything = role("everything", &["*"], &[]);
    let snapshot = snapshot(vec![everything], &["owner", "everything"]);
    assert_eq!(snapshot.beyond(nth::<UserId>(1), &RoleKey::OWNER), None);
    assert_eq!(held(&snapshot, 1), held(&snapshot, 2));
    assert!(snapshot.beyond(nth::<UserId>(2), &RoleKey::OWNER).is_some());
}

#[test]
fn an_explanation_names_the_roles_and_patterns_that_decided() {
    let roles = vec![role("lead", &["team.view", "hives.*"], &["helper"]), role("helper", &["team.*"], &[])];
    let snapshot = snapshot(roles, &["lead"]);
    let because =
        |name: &str, pattern: &str| Because::Role { role: key(name), pattern: Pattern::parse(pattern).unwrap() };
    assert_eq!(
        snapshot.explain(nth::<UserId>(1), &system::TEAM_VIEW),
        [because("lead", "team.view"), because("helper", "team.*")]
    );
    assert_eq!(snapshot.explain(nth::<UserId>(1), &HIVES_OPEN), [because("lead", "hives.*")]);
    assert_eq!(snapshot.explain(nth::<UserId>(1), &system::AUDIT_VIEW), []);
    assert_eq!(snapshot.explain(nth::<UserId>(2), &system::TEAM_VIEW), []);
}

/// What a member may, from the definition and without any of the engine's tricks: some role reachable from the member's
/// own has a pattern that spells the permission out.
fn naive(facts: &Facts, user: UserId, permission: &str) -> bool {
    let roles: Vec<Role> = system::roles().into_iter().chain(facts.roles.iter().cloned()).collect();
    let declared =
        system::PERMISSIONS.iter().map(|(it, _)| it).chain(&facts.permissions).any(|it| it.as_str() == permission);
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
    member.active
        && declared
        && roles
            .iter()
            .any(|it| reachable.contains(&it.key) && it.permissions.iter().any(|pattern| matches(&pattern.to_string())))
}

const KEYS: [&str; 7] = ["owner", "admin", "member", "r0", "r1", "r2", "r3"];
const DECLARABLE: [&str; 5] = ["hives.open", "hives.close", "hives.x.close", "hivesx.open", "team.paint"];
const PATTERNS: [&str; 8] =
    ["*", "hives.*", "hives.x.*", "hives.open", "team.*", "team.paint", "hivesx.open", "audit.view"];

fn arbitrary_role(n: usize) -> impl Strategy<Value = Role> {
    let some = |of: &'static [&'static str]| prop::collection::vec(prop::sample::select(of), 0..3);
    (some(&PATTERNS), some(&KEYS[1..])).prop_map(move |(held, inherits)| role(&format!("r{n}"), &held, &inherits))
}

fn arbitrary_facts() -> impl Strategy<Value = Facts> {
    let roles = (0..4).map(arbitrary_role).collect::<Vec<_>>();
    let permissions = prop::sample::subsequence(DECLARABLE.to_vec(), 0..=DECLARABLE.len());
    let members = prop::collection::vec((prop::sample::select(&KEYS[..]), any::<bool>()), 1..6);
    (roles, permissions, members).prop_map(|(roles, permissions, members)| Facts {
        organization: nth(60),
        version: 1,
        require_mfa: false,
        roles,
        permissions: permissions.into_iter().map(permission).collect(),
        members: (1..)
            .zip(members)
            .map(|(n, (role, active))| MemberFact { user: nth(n), role: key(role), active })
            .collect(),
    })
}

proptest! {
    #[test]
    fn the_engine_decides_as_the_definition_does(facts in arbitrary_facts()) {
        let snapshot = Snapshot::build(facts.clone());
        let asked = DECLARABLE.into_iter().chain(MATRIX.iter().map(|(name, _)| *name));
        for (n, name) in asked.flat_map(|name| (1..7).map(move |n| (n, name))) {
            let expected = naive(&facts, nth(n), name);
            let verdict = snapshot.check(nth::<UserId>(n), &permission(name));
            prop_assert_eq!(verdict.allowed, expected, "member {} {}", n, name);
            prop_assert_eq!(snapshot.explain(nth::<UserId>(n), &permission(name)).is_empty(), !expected);
            prop_assert_eq!(held(&snapshot, n).contains(&name), expected);
        }
    }

    #[test]
    fn what_may_be_given_is_what_the_giver_holds(facts in arbitrary_facts(), given in prop::sample::select(&KEYS[..])) {
        // Somebody who has the role shows what it holds.
        let mut with_holder = facts.clone();
        with_holder.members.push(MemberFact { user: nth(99), role: key(given), active: true });
        let holder = Snapshot::build(with_holder);
        let snapshot = Snapshot::build(facts);
        for n in 1..7 {
            let missing = held(&holder, 99).into_iter().find(|it| !held(&snapshot, n).contains(it));
            let beyond = snapshot.beyond(nth::<UserId>(n), &key(given)).map(Permission::as_str);
            let owns = snapshot.member(nth(n)).is_some_and(|(role, active)| active && *role == RoleKey::OWNER);
            if given == "owner" {
                prop_assert_eq!(beyond.is_none(), owns);
            } else {
                prop_assert_eq!(beyond, missing);
            }
        }
    }
}
