//! The next snapshot, made of the one before.

use super::*;

/// The first of all that can be asked of two snapshots that they answer differently.
fn difference(one: &Snapshot, other: &Snapshot) -> Option<(String, String)> {
    told(one, 7).into_iter().zip(told(other, 7)).find(|(one, other)| one != other)
}

/// Everything that can be asked of a snapshot.
fn told(snapshot: &Snapshot, members: u64) -> Vec<String> {
    let mut told = vec![format!("{} {}", snapshot.version(), snapshot.requires_mfa())];
    for n in 1..=members {
        told.push(format!("{n} {:?} {:?}", snapshot.member(nth(n)), held(snapshot, n)));
        for name in asked() {
            told.push(format!("{:?}", snapshot.explain(who(n), &permission(name))));
        }
        told.extend((1..=members).map(|m| format!("{:?}", snapshot.above(who(n), nth(m)))));
        told.extend(KEYS.iter().map(|it| format!("{:?}", snapshot.beyond(who(n), &key(it)))));
    }
    told
}

#[test]
fn one_members_change_is_that_members_alone() {
    let before = snapshot(vec![], &["owner", "member"]);
    let promoted = before.with_members(8, &[(nth(2), Some(member(2, "admin")))]);
    assert_eq!((promoted.version(), promoted.members()), (8, 2));
    assert_eq!(promoted.member(nth(2)), Some((&RoleKey::ADMIN, true)));
    assert_eq!(before.member(nth(2)), Some((&RoleKey::MEMBER, true)), "the one before is what it was");
    let left = promoted.with_members(9, &[(nth(2), None), (nth(3), None)]);
    assert_eq!((left.member(nth(2)), left.members()), (None, 1));
    let joined = left.with_members(10, &[(nth(3), Some(member(3, "member"))), (nth(4), Some(member(4, "gone")))]);
    assert_eq!(
        (joined.member(nth(3)), joined.member(nth(4)), joined.members()),
        (Some((&RoleKey::MEMBER, true)), None, 2)
    );
}

#[test]
fn a_grant_goes_with_its_member() {
    let grant = GrantFact { permission: HIVES_OPEN, effect: Effect::Allow, expires_at: None };
    let given = MemberFact { grants: vec![grant], ..member(2, "member") };
    let before = snapshot(vec![], &["owner", "member"]).with_members(8, &[(nth(2), Some(given))]);
    assert_eq!(reason(&before, 2, &HIVES_OPEN), Reason::Granted);
    let back = before.with_members(9, &[(nth(2), None)]).with_members(10, &[(nth(2), Some(member(2, "member")))]);
    assert_eq!(reason(&back, 2, &HIVES_OPEN), Reason::NotGranted);
}

#[test]
fn many_may_come_and_go() {
    let mut snapshot = snapshot(vec![], &["owner"]);
    for n in 2..2_000 {
        snapshot = snapshot.with_members(i64::try_from(n).unwrap() + 6, &[(nth(n), Some(member(n, "member")))]);
    }
    assert_eq!(snapshot.members(), 1_999);
    assert!((2..2_000).all(|n| snapshot.member(nth(n)) == Some((&RoleKey::MEMBER, true))));
    assert_eq!(snapshot.holders(&system::TEAM_VIEW, NOON).count(), 1_999);
    let gone: Vec<_> = (2..2_000).map(|n| (nth(n), None)).collect();
    assert_eq!(snapshot.with_members(9_999, &gone).members(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// However it came about, a snapshot says what one that is built anew says.
    #[test]
    fn a_changed_snapshot_is_as_good_as_a_new_one(
        before in arbitrary_facts(),
        after in arbitrary_facts(),
        rules in any::<bool>(),
    ) {
        let vocabularies = Vocabularies::default();
        let mut expected = Facts { version: 8, ..after.clone() };
        if !rules {
            expected.rules = before.rules.clone();
        }
        let members = 1..7;
        let delta = Delta {
            version: 8,
            rules: rules.then(|| expected.rules.clone()),
            members: members.map(|n| (nth(n), after.members.iter().find(|it| it.user == nth(n)).cloned())).collect(),
        };
        let changed = Snapshot::build_sharing(before, &vocabularies).with(delta, &vocabularies);
        prop_assert_eq!(difference(&changed, &Snapshot::build(expected)), None);
    }

    /// Rules alone may change, and the members stay what they are under them.
    #[test]
    fn other_rules_judge_the_same_members(mut before in arbitrary_facts(), after in arbitrary_facts()) {
        // What nobody declared nobody was given.
        let declared = Snapshot::build(before.clone());
        before.members.iter_mut().for_each(|it| it.grants.retain(|grant| declared.knows(&grant.permission)));
        let expected = Facts { version: 8, rules: after.rules.clone(), ..before.clone() };
        let changed = Snapshot::build(before).with_rules(8, after.rules, &Vocabularies::default());
        prop_assert_eq!(difference(&changed, &Snapshot::build(expected)), None);
    }
}
