//! Keys and tokens: what they may is what their bearer may and their scopes admit.

use super::*;

fn only(permissions: &[&str]) -> Narrowed {
    Narrowed::To(permissions.iter().map(|it| permission(it)).collect())
}

fn by(n: u64, narrowed: &Narrowed) -> Holder<'_> {
    Holder { narrowed: Some(narrowed), ..who(n) }
}

#[test]
fn scopes_take_away_and_never_give() {
    let snapshot = snapshot(vec![], &["owner", "member"]);
    let view = only(&["team.view", "team.edit", "platform.administer"]);
    assert_eq!(snapshot.check(by(1, &view), &system::TEAM_VIEW).reason, Reason::HeldByRole);
    assert_eq!(snapshot.check(by(1, &view), &system::TEAM_INVITE).reason, Reason::NotInScopes);
    assert_eq!(snapshot.check(by(2, &view), &permission("team.edit")).reason, Reason::NotGranted);
    assert_eq!(snapshot.check(by(1, &view), &permission("platform.administer")).reason, Reason::UnknownPermission);
    assert_eq!(snapshot.check(by(3, &view), &system::TEAM_VIEW).reason, Reason::NotAMember);
    assert_eq!(snapshot.permissions_of(by(1, &only(&[]))).count(), 0);
}

#[test]
fn scopes_without_it_and_a_role_that_is_gone_admit_nothing() {
    let snapshot = snapshot(vec![], &["owner"]);
    for narrowed in [Narrowed::To([].into()), only(&["hives.close"]), Narrowed::ToRole(key("gone"))] {
        assert_eq!(snapshot.check(by(1, &narrowed), &HIVES_OPEN).reason, Reason::NotInScopes, "{narrowed:?}");
        assert_eq!(snapshot.explain(by(1, &narrowed), &HIVES_OPEN).because[0], Because::Scopes);
    }
}

#[test]
fn as_good_as_an_admin_is_never_better_than_its_maker() {
    let narrowed = Narrowed::ToRole(RoleKey::ADMIN);
    let snapshot = snapshot(vec![role("keeper", &["hives.open", "team.view"], &[])], &["owner", "admin", "keeper"]);
    let held = |n| snapshot.permissions_of(by(n, &narrowed)).map(Permission::as_str).collect::<Vec<_>>();
    assert_eq!(held(1), held(2), "an owner's key is an admin's");
    assert!(!held(1).contains(&"organization.delete") && held(1).contains(&"team.invite"));
    assert_eq!(held(3), ["team.view"], "and what its maker holds beside an admin's is not in it");
}

#[test]
fn who_is_narrowed_owns_nothing_to_give() {
    let everything = snapshot(vec![], &["owner"]);
    let all: Vec<&str> = held(&everything, 1);
    assert!(everything.beyond(by(1, &only(&all)), &RoleKey::OWNER).is_some());
    // What is listed is not as wide as what an admin may of the team in times to come.
    assert_eq!(everything.beyond(by(1, &only(&all)), &RoleKey::ADMIN), Pattern::parse("team.*"));
    assert_eq!(everything.lacks(by(1, &only(&all)), &RoleKey::ADMIN), None);
    assert_eq!(everything.beyond(by(1, &only(&all)), &RoleKey::MEMBER), None);
    assert_eq!(everything.beyond(by(1, &Narrowed::ToRole(RoleKey::ADMIN)), &RoleKey::ADMIN), None);
    let invite = only(&["team.invite"]);
    assert!(everything.beyond(by(1, &invite), &RoleKey::MEMBER).is_some(), "a key gives no more than it holds");
}

#[test]
fn what_the_facts_demand_the_snapshot_demands() {
    let facts = |require_mfa| {
        let facts = facts(vec![], vec![], vec![]);
        Facts { rules: Rules { require_mfa, ..facts.rules }, ..facts }
    };
    for demanded in [false, true] {
        assert_eq!(Snapshot::build(facts(demanded)).requires_mfa(), demanded);
    }
    assert!(Snapshot::build(facts(false)).knows(&system::TEAM_VIEW));
    assert!(!Snapshot::build(facts(false)).knows(&HIVES_OPEN), "nobody declared it here");
}

fn arbitrary_narrowed() -> impl Strategy<Value = Narrowed> {
    let scopes = prop::sample::subsequence([&DECLARABLE[..], &["team.view", "team.invite"]].concat(), 0..5);
    prop_oneof![
        scopes.prop_map(|it| only(&it)),
        prop::sample::select(&KEYS[..]).prop_map(|it| Narrowed::ToRole(key(it))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Allowed is exactly what both the member may and the scopes admit.
    #[test]
    fn narrowed_is_held_and_admitted(facts in arbitrary_facts(), narrowed in arbitrary_narrowed()) {
        // Somebody who has the role shows what it holds.
        let mut with_holder = facts.clone();
        if let Narrowed::ToRole(role) = &narrowed {
            with_holder.members.push(member(99, role.as_str()));
        }
        let snapshot = Snapshot::build(facts.clone());
        for (n, name) in asked().flat_map(|name| (1..7).map(move |n| (n, name))) {
            let admitted = match &narrowed {
                Narrowed::To(scopes) => scopes.iter().any(|it| it.as_str() == name),
                Narrowed::ToRole(_) => naive(&with_holder, nth(99), name),
            };
            let expected = naive(&facts, nth(n), name) && admitted;
            let verdict = snapshot.check(by(n, &narrowed), &permission(name));
            prop_assert_eq!(verdict.allowed, expected, "member {} {}", n, name);
            prop_assert_eq!(verdict.allowed, matches!(verdict.reason, Reason::HeldByRole | Reason::Granted));
            prop_assert_eq!(snapshot.permissions_of(by(n, &narrowed)).any(|it| it.as_str() == name), expected);
            prop_assert_eq!(snapshot.explain(by(n, &narrowed), &permission(name)).verdict, verdict);
        }
    }
}
