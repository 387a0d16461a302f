use kernel::testing::{NOON, act, nth};
use kernel::{Outcome, Scope, TokenHash};

use super::*;
use crate::testing::johndoe;
use crate::world::{john, seconds};

fn new(owner: KeyOwner) -> NewKey {
    NewKey {
        owner,
        organization: Some(nth(60)),
        name: Label::parse("CI").unwrap(),
        scopes: Scopes::Admin,
        multi_factor: true,
        expires_at: Some(seconds(9)),
    }
}

const OWNERS: [fn() -> KeyOwner; 2] = [|| KeyOwner::Organization(nth(60)), || KeyOwner::User(nth(50))];

fn written(unit: &UnitOfWork<Change>) -> (&'static str, Outcome, Scope) {
    let [entry] = unit.evidence.audit.as_slice() else { panic!("{unit:?}") };
    (entry.action, entry.outcome, entry.scope)
}

fn announced(unit: &UnitOfWork<Change>) -> Vec<(&'static str, Scope)> {
    unit.evidence.events.iter().map(|it| (it.kind, it.scope)).collect()
}

#[test]
fn what_is_shown_once_is_kept_as_a_hash() {
    for owner in OWNERS.map(|it| it()) {
        let (unit, key, text) = make(&act(), &KeyPrefixes::default(), &john(), new(owner));
        assert_eq!(unit.changes, [Change::Key(Write::Add(key.clone()))]);
        assert_eq!((key.hash, key.maker, key.owner), (TokenHash::of(text.expose()), nth(50), owner));
        assert_eq!((key.created_at, key.text_at, key.expires_at), (NOON, NOON, Some(seconds(9))));
        assert_eq!((key.previous, key.version), (None, 0));
        assert_eq!((key.scopes, key.multi_factor, key.organization), (Scopes::Admin, true, Some(nth(60))));
        let told = format!("{:?}", unit.evidence);
        assert!(!told.contains(&text.expose()[4..text.expose().len() - 8]), "{told}");
        assert_eq!(unit.evidence.mail.len(), 1, "whoever makes it is told");
    }
}

#[test]
fn an_organizations_keys_are_told_to_it_and_a_persons_tokens_to_nobody() {
    let organization = Scope::Organization(nth(60));
    for (owner, prefix, scope, events) in [
        (OWNERS[0](), "api_key", organization, vec![("api_key.created", organization)]),
        (OWNERS[1](), "personal_token", Scope::User(nth(50)), vec![]),
    ] {
        let (made, key, _) = make(&act(), &KeyPrefixes::default(), &john(), new(owner));
        let revoked = revoke(&act(), &key);
        assert_eq!(written(&made), (format!("{prefix}.created").leak() as &str, Outcome::Done, scope));
        assert_eq!(written(&revoked), (format!("{prefix}.revoked").leak() as &str, Outcome::Done, scope));
        assert_eq!(announced(&made), events);
        let gone = events.into_iter().map(|(_, scope)| ("api_key.revoked", scope)).collect::<Vec<_>>();
        assert_eq!(announced(&revoked), gone);
        assert_eq!(revoked.changes, [Change::Key(Write::Remove { expected: key })]);
    }
}

#[test]
fn a_rotated_key_goes_on_beside_its_successor_for_the_overlap() {
    let (_, key, first) = make(&act(), &KeyPrefixes::default(), &john(), new(OWNERS[0]()));
    for (overlap, previous) in
        [(TimeDelta::zero(), None), (TimeDelta::seconds(60), Some((TokenHash::of(first.expose()), seconds(65))))]
    {
        let later = Act { at: seconds(5), ..act() };
        let (_, _, other) = make(&later, &KeyPrefixes::default(), &john(), new(OWNERS[0]()));
        let (unit, next, second) = rotate(&later, &KeyPrefixes::default(), &key, (&johndoe(nth(77)), false), overlap);
        assert!(second != first && second != other);
        assert_eq!(unit.changes, [Change::Key(Write::Save { expected: key.clone(), next: next.clone() })]);
        assert_eq!((next.hash, next.previous), (TokenHash::of(second.expose()), previous));
        assert_eq!((next.maker, next.multi_factor), (nth(77), false), "whoever rotates answers for it");
        assert_eq!((next.created_at, next.text_at), (NOON, seconds(5)), "the key is old and its text is new");
        assert_eq!((next.id, &next.scopes, next.expires_at), (key.id, &key.scopes, key.expires_at));
        assert_eq!(written(&unit), ("api_key.rotated", Outcome::Done, Scope::Organization(nth(60))));
    }
}
