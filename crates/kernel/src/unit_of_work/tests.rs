use serde_json::json;

use super::*;
use crate::testing::{NOON, act, nth};
use crate::toy::{self, Note, Noted};
use crate::{Actor, EmailAddress, Outcome, PersonalDetail, PublicDetail, Scope, Target, Write};

fn visitor() -> Act {
    let actor = Actor::User { id: nth(100), session: nth(101) };
    Act { address: "192.0.2.7".parse().ok(), agent: Some("curl/8".into()), ..act().by(actor) }
}

fn unit(act: &Act, scope: Scope) -> UnitOfWork<toy::Change> {
    UnitOfWork::of(act, &Noted(scope))
}

fn add(title: &'static str) -> toy::Change {
    toy::Change(Write::Add(Note { author: nth(1), title, text: Some("b") }))
}

/// The 16 bytes of the `n`-th number.
fn salt(n: u8) -> [u8; 16] {
    let mut salt = [0; 16];
    salt[0] = n;
    salt
}

#[test]
fn a_unit_begins_with_who_did_what() {
    let unit = unit(&act(), Scope::Installation);
    let [entry] = unit.evidence.audit.as_slice() else { panic!("{unit:?}") };
    assert_eq!(entry.id, nth(1));
    assert_eq!((entry.at, entry.actor, entry.action), (NOON, Actor::Nobody, "note.written"));
    assert_eq!((&entry.target, entry.outcome), (&Target::new("note", "n1"), Outcome::Refused("too_long")));
    assert_eq!(entry.request_id, "test");
    assert_eq!(entry.public, [PublicDetail { key: "length".into(), before: json!(null), after: json!(5) }]);
    assert_eq!(entry.personal, []);
}

#[test]
fn address_and_agent_are_the_actors_own_each_under_its_salt() {
    let personal = |key: &'static str, after: &str, n| PersonalDetail {
        subject: Some(nth(100)),
        key: key.into(),
        before: json!(null),
        after: json!(after),
        salt: salt(n),
    };
    let entry = unit(&visitor(), Scope::Installation).evidence.audit.remove(0);
    assert_eq!(entry.personal, [personal("address", "192.0.2.7", 2), personal("agent", "curl/8", 3)]);
}

#[test]
fn the_scopes_organization_reads_it_or_else_the_requests() {
    let bound = act().within(nth(8));
    let organization = |act: &Act, scope| unit(act, scope).evidence.audit.remove(0).organization;
    assert_eq!(organization(&bound, Scope::Organization(nth(9))), Some(nth(9)));
    assert_eq!(organization(&bound, Scope::User(nth(9))), Some(nth(8)));
    assert_eq!(organization(&act(), Scope::User(nth(9))), None);
}

#[test]
fn what_must_hold_is_said_once() {
    let guard = |version| Guard::User { user: nth(1), version };
    let unit = unit(&act(), Scope::Installation).expect(guard(1)).expect(guard(1)).expect(guard(2));
    assert_eq!(unit.guards, [guard(1), guard(2)]);
}

#[test]
fn a_change_tells_its_before_and_after_in_the_first_entry() {
    let unit = unit(&act(), Scope::Installation).change(add("a"));
    assert_eq!(unit.changes, [add("a")]);
    let entry = &unit.evidence.audit[0];
    assert_eq!(entry.public[1], PublicDetail { key: "text".into(), before: json!(null), after: json!("b") });
    assert_eq!(
        (entry.personal[0].key.as_ref(), entry.personal[0].subject, entry.personal[0].salt),
        ("title", Some(nth(1)), salt(2))
    );
}

#[test]
fn guards_events_and_mail_are_kept_in_order() {
    let act = act();
    let guard = |version| Guard::User { user: nth(1), version };
    let mail = Mail::new(&act, &EmailAddress::parse("a@x.test").unwrap(), "hello");
    let unit = unit(&act, Scope::Installation)
        .expect(guard(2))
        .expect(guard(1))
        .announce(&Noted(Scope::User(nth(7))))
        .mail(mail.clone());
    assert_eq!(unit.guards, [guard(2), guard(1)]);
    let [event] = unit.evidence.events.as_slice() else { panic!("{unit:?}") };
    assert_eq!((event.id, event.at, event.kind), (nth(3), NOON, "note.written"));
    assert_eq!((event.scope, &event.data), (Scope::User(nth(7)), &json!({"note": "n1"})));
    assert_eq!(unit.evidence.mail, [mail]);
}

#[derive(Clone, Debug, PartialEq)]
struct Wide(toy::Change);

impl From<toy::Change> for Wide {
    fn from(change: toy::Change) -> Self {
        Self(change)
    }
}

impl Change for Wide {
    fn diff(&self) -> Vec<crate::Detail> {
        self.0.diff()
    }
}

#[test]
fn units_join_whole() {
    let act = act();
    let guard = |version| Guard::Authorization { organization: nth(1), version };
    let one = unit(&act, Scope::Installation).expect(guard(1)).change(add("a"));
    let other = unit(&act, Scope::User(nth(1))).expect(guard(2)).change(add("b")).announce(&Noted(Scope::Installation));
    let joined = one.clone().widen::<Wide>().and(other.clone());
    assert_eq!(joined.guards, [guard(1), guard(2)]);
    assert_eq!(joined.changes, [Wide(add("a")), Wide(add("b"))]);
    assert_eq!(joined.evidence, one.evidence.and(other.evidence));
    assert_eq!(joined.evidence.audit.len(), 2);
}

#[test]
fn equal_acts_make_equal_units() {
    let make = |title| unit(&visitor(), Scope::Installation).change(add(title));
    assert_eq!(make("a"), make("a"));
    assert_ne!(make("a"), make("b"));
}

#[test]
fn evidence_of_a_statement_is_as_a_units() {
    let (one, other) = (act(), act());
    let mail = Mail::new(&one, &EmailAddress::parse("a@x.test").unwrap(), "hello");
    let _ = other.mail_id();
    let evidence =
        Evidence::of(&one, &Noted(Scope::Installation)).announce(&one, &Noted(Scope::Installation)).send(mail.clone());
    let unit = unit(&other, Scope::Installation).announce(&Noted(Scope::Installation)).mail(mail);
    assert_eq!(evidence, unit.evidence);
}
