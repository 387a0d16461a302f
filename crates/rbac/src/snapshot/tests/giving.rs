//! Nobody gives what they do not hold, nor acts on somebody above them.

use super::*;

fn one(name: &str) -> Option<Pattern> {
    Pattern::parse(name)
}

/// When whatever ends has ended.
const LATER: TimeDelta = TimeDelta::days(3650);

fn held_at(snapshot: &Snapshot, n: u64, later: TimeDelta) -> Vec<&str> {
    snapshot.permissions_of(Holder::at(nth(n), NOON + later)).map(Permission::as_str).collect()
}

#[test]
fn nobody_gives_what_they_do_not_hold() {
    let roles = vec![role("auditor", &["audit.*"], &[]), role("keeper", &["hives.open"], &["auditor"])];
    let snapshot = snapshot(roles, &["owner", "admin", "member", "auditor"]);
    let beyond = |n, role: &str| snapshot.beyond(who(n), &key(role));
    for role in ["owner", "admin", "member", "auditor", "keeper"] {
        assert_eq!(beyond(1, role), None, "{role}");
    }
    assert_eq!(beyond(2, "admin"), None);
    // All there is of it today, and not all there could be.
    assert_eq!(beyond(2, "auditor"), one("audit.*"));
    assert_eq!(snapshot.lacks(who(2), &key("auditor")), None);
    assert_eq!(beyond(2, "keeper"), one("hives.open"));
    assert_eq!(beyond(3, "member"), None);
    assert_eq!(beyond(3, "admin"), one("api_keys.manage"));
    assert_eq!(beyond(4, "auditor"), None);
    assert_eq!(beyond(4, "member"), one("entitlements.consume"));
    // A stranger gives nothing.
    assert_eq!(beyond(5, "member"), one("entitlements.consume"));
    assert!(snapshot.has_role(&key("keeper")) && !snapshot.has_role(&key("gone")));
}

#[test]
fn only_owners_give_the_owners_role() {
    let everything = role("everything", &["*"], &[]);
    let snapshot = snapshot(vec![everything], &["owner", "everything"]);
    assert_eq!(snapshot.beyond(who(1), &RoleKey::OWNER), None);
    assert_eq!(held(&snapshot, 1), held(&snapshot, 2));
    assert_eq!(snapshot.beyond(who(2), &RoleKey::OWNER), one("*"));
    assert_eq!(snapshot.beyond(who(2), &key("everything")), None);
}

#[test]
fn what_a_role_would_hold_is_judged_before_there_is_one() {
    let roles = vec![role("keeper", &["hives.*", "team.view"], &[])];
    let snapshot = snapshot(roles, &["owner", "admin", "keeper"]);
    let patterns = |names: &[&str]| names.iter().map(|it| Pattern::parse(it).unwrap()).collect::<Vec<_>>();
    for (n, own, inherits, lacking) in [
        (1, &["*"][..], &[][..], None),
        (2, &["*"], &[], one("hives.open")),
        (2, &["team.*", "audit.view"], &["member"], None),
        (2, &["team.view"], &["keeper"], one("hives.open")),
        (3, &["hives.*", "hives.x.*"], &[], None),
        (3, &["team.*"], &[], one("team.edit")),
        (3, &["*"], &[], one("api_keys.manage")),
        (3, &[], &[], None),
        (4, &["team.view"], &[], one("team.view")),
    ] {
        let inherits: Vec<_> = inherits.iter().map(|it| key(it)).collect();
        assert_eq!(snapshot.beyond_all(who(n), &patterns(own), &inherits), lacking, "{n} {own:?} {inherits:?}");
    }
    let unknown = patterns(&["team.*", "honey.*", "hives.open", "hives.close", "*"]);
    assert!(snapshot.unknown(&unknown).eq(&patterns(&["honey.*", "hives.close"])));
}

#[test]
fn who_holds_more_is_above() {
    let roles = vec![role("keeper", &["hives.open", "team.view"], &[])];
    let mut facts = facts(roles, vec![HIVES_OPEN], vec![]);
    let granted = |effect| GrantFact { permission: HIVES_OPEN, effect, expires_at: None };
    facts.members = ["owner", "owner", "admin", "admin", "member", "keeper", "member", "owner"]
        .iter()
        .zip(1..)
        .map(|(role, n)| member(n, role))
        .collect();
    facts.members[6].grants = vec![granted(Effect::Allow)];
    facts.members[7].grants = vec![granted(Effect::Deny)];
    facts.members[7].active = false;
    let snapshot = Snapshot::build(facts);
    for (actor, member, lacking) in [
        (1, 2, None),
        (1, 1, None),
        (3, 1, one("hives.open")),
        (3, 4, None),
        (3, 5, None),
        (3, 6, one("hives.open")),
        (5, 3, one("api_keys.manage")),
        (6, 5, one("entitlements.consume")),
        // What was given directly counts.
        (3, 7, one("hives.open")),
        (1, 7, None),
        // Suspended, and without something, an owner is an owner.
        (3, 8, one("hives.open")),
        (1, 8, None),
        (8, 5, one("entitlements.consume")),
        (1, 99, None),
    ] {
        assert_eq!(snapshot.above(who(actor), nth(member)), lacking, "{actor} on {member}");
    }
}

proptest! {
    #[test]
    fn what_may_be_given_is_what_the_giver_holds(facts in arbitrary_facts(), given in prop::sample::select(&KEYS[..])) {
        // Somebody who has the role shows what it holds.
        let mut with_holder = facts.clone();
        with_holder.members.push(member(99, given));
        let holder = Snapshot::build(with_holder);
        let snapshot = Snapshot::build(facts.clone());
        for n in 1..7 {
            let lacks = held(&holder, 99).into_iter().find(|it| !held(&snapshot, n).contains(it));
            prop_assert_eq!(snapshot.lacks(who(n), &key(given)).map(Permission::as_str), lacks);
            // What ends is to be used and not to be given.
            let for_good = |it: &str| held(&snapshot, n).contains(&it) && held_at(&snapshot, n, LATER).contains(&it);
            let missing = held(&holder, 99).into_iter().find(|it| !for_good(it));
            let beyond = snapshot.beyond(who(n), &key(given)).map(|it| it.to_string());
            let owns = snapshot.member(nth(n)).is_some_and(|(role, active)| active && *role == RoleKey::OWNER);
            match missing {
                Some(missing) => prop_assert_eq!(beyond.as_deref(), Some(missing)),
                None if given == "owner" => prop_assert_eq!(beyond.is_none(), owns),
                // Whoever gives something wider than they hold is told what: a wildcard.
                None => prop_assert!(beyond.is_none_or(|it| it.ends_with('*'))),
            }
        }
    }

    /// Whatever is declared afterwards, nobody gets by a role that was given what its giver would not get.
    #[test]
    fn what_was_given_stays_within_what_the_giver_holds(facts in arbitrary_facts(), given in prop::sample::select(&KEYS[1..])) {
        let snapshot = Snapshot::build(facts.clone());
        let mut later = facts;
        later.members.push(member(99, given));
        later.rules.permissions = ["hives.later", "hives.x.later", "later.on"].map(permission).to_vec();
        let later = Snapshot::build(later);
        for n in (1..7).filter(|n| snapshot.beyond(who(*n), &key(given)).is_none()) {
            for name in ["hives.later", "hives.x.later", "later.on"] {
                prop_assert!(!held(&later, 99).contains(&name) || held(&later, n).contains(&name), "{} {}", n, name);
            }
            for name in held_at(&later, 99, LATER) {
                prop_assert!(held_at(&later, n, LATER).contains(&name), "{} {}", n, name);
            }
        }
    }
}
