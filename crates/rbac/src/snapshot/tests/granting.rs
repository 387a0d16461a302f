//! What is given and denied directly.

use super::*;

fn with(role: &str, effect: Effect, expires_at: Option<Time>) -> Snapshot {
    let grant = GrantFact { permission: HIVES_OPEN, effect, expires_at };
    Snapshot::build(facts(vec![], vec![HIVES_OPEN], vec![MemberFact { grants: vec![grant], ..member(1, role) }]))
}

#[test]
fn deny_beats_what_the_role_holds_and_allow_adds_to_it() {
    assert_eq!(reason(&with("member", Effect::Allow, None), 1, &HIVES_OPEN), Reason::Granted);
    assert_eq!(reason(&with("owner", Effect::Deny, None), 1, &HIVES_OPEN), Reason::Denied);
    assert_eq!(reason(&with("owner", Effect::Allow, None), 1, &HIVES_OPEN), Reason::Granted);
    // Nothing else changes.
    assert_eq!(reason(&with("owner", Effect::Deny, None), 1, &system::TEAM_VIEW), Reason::HeldByRole);
    assert_eq!(reason(&with("member", Effect::Allow, None), 1, &system::TEAM_INVITE), Reason::NotGranted);
}

#[test]
fn a_grant_ends_to_the_moment() {
    for (effect, until, after) in
        [(Effect::Allow, Reason::Granted, Reason::NotGranted), (Effect::Deny, Reason::Denied, Reason::NotGranted)]
    {
        let snapshot = with("member", effect, Some(NOON));
        let at = |at| snapshot.check(Holder::at(nth(1), at), &HIVES_OPEN).reason;
        assert_eq!(at(NOON - TimeDelta::microseconds(1)), until);
        assert_eq!(at(NOON), after);
        let holders = |at| snapshot.holders(&HIVES_OPEN, at).count();
        assert_eq!(holders(NOON), 0);
        assert_eq!(holders(NOON - TimeDelta::microseconds(1)), usize::from(effect == Effect::Allow));
    }
}

#[test]
fn an_explanation_says_what_was_given_and_what_the_role_holds_besides() {
    let end = Some(NOON + TimeDelta::days(1));
    let denied = with("owner", Effect::Deny, end).explain(who(1), &HIVES_OPEN);
    assert_eq!(denied.verdict, Reason::Denied.into());
    let role = Because::Role { role: RoleKey::OWNER, pattern: Pattern::All };
    assert_eq!(denied.because, [Because::Grant { effect: Effect::Deny, expires_at: end }, role]);
    let ended = with("member", Effect::Allow, Some(NOON)).explain(who(1), &HIVES_OPEN);
    assert_eq!((ended.verdict.reason, ended.because), (Reason::NotGranted, vec![]));
}

#[test]
fn a_suspended_members_explanation_says_what_is_in_the_way() {
    let facts = facts(vec![], vec![], vec![MemberFact { active: false, ..member(1, "member") }]);
    let explained = Snapshot::build(facts).explain(who(1), &system::TEAM_VIEW);
    assert_eq!(explained.verdict.reason, Reason::MemberSuspended);
    let role = Because::Role { role: RoleKey::MEMBER, pattern: Pattern::One(system::TEAM_VIEW) };
    assert_eq!(explained.because, [Because::Suspended, role]);
}

#[test]
fn what_nobody_declared_can_not_be_given() {
    let grant = GrantFact { permission: permission("honey.sell"), effect: Effect::Allow, expires_at: None };
    let members = vec![MemberFact { grants: vec![grant], ..member(1, "owner") }];
    let snapshot = Snapshot::build(facts(vec![], vec![], members));
    assert_eq!(reason(&snapshot, 1, &permission("honey.sell")), Reason::UnknownPermission);
}
