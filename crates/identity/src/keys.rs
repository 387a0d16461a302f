//! What becomes of keys and tokens: pure rules, for use cases that also ask who may give what.

use chrono::TimeDelta;
use kernel::{Act, Mail, Secret, Time, UnitOfWork, Write};

use crate::model::{Key, KeyOwner, KeyPrefixes, Label, Scopes, User};
use crate::{Action, Change, Happening, KeyDeed, mails};

/// How long a key can go on beside its successor.
pub const LONGEST_OVERLAP: TimeDelta = TimeDelta::days(30);

/// What a new key is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// In whose name it acts.
    pub owner: KeyOwner,
    /// Where it acts when a request names no organization.
    pub organization: Option<kernel::OrganizationId>,
    /// What it is called.
    pub name: Label,
    /// What it may at most.
    pub scopes: Scopes,
    /// Whether its maker has given more than one factor.
    pub multi_factor: bool,
    /// Until when.
    pub expires_at: Option<Time>,
}

/// A key is made; its text is shown once, and its maker is told.
#[must_use]
pub fn make(act: &Act, prefixes: &KeyPrefixes, maker: &User, new: NewKey) -> (UnitOfWork<Change>, Key, Secret) {
    let NewKey { owner, organization, name, scopes, multi_factor, expires_at } = new;
    let text = prefixes.mint(act.ids.as_ref(), owner);
    let key = Key {
        id: act.id(),
        owner,
        maker: maker.id,
        organization,
        name,
        hash: kernel::TokenHash::of(text.expose()),
        hint: prefixes.hint(owner, &text),
        scopes,
        multi_factor,
        previous: None,
        expires_at,
        created_at: act.at,
        text_at: act.at,
        version: 0,
    };
    let unit = UnitOfWork::of(act, &Action::Key { deed: KeyDeed::Created, key: key.id, owner });
    let unit = announced(unit, &key, Happening::ApiKeyCreated).mail(notice(act, maker, "key_created", &key));
    (unit.change(Change::Key(Write::Add(key.clone()))), key, text)
}

/// A key gets another text, which is shown once; the one before goes on for the overlap. Whoever rotates answers for it from
/// now on, and is told.
#[must_use]
pub fn rotate(
    act: &Act,
    prefixes: &KeyPrefixes,
    key: &Key,
    by: (&User, bool),
    overlap: TimeDelta,
) -> (UnitOfWork<Change>, Key, Secret) {
    let text = prefixes.mint(act.ids.as_ref(), key.owner);
    let (maker, multi_factor) = by;
    let next = Key {
        maker: maker.id,
        multi_factor,
        hash: kernel::TokenHash::of(text.expose()),
        hint: prefixes.hint(key.owner, &text),
        text_at: act.at,
        previous: (overlap > TimeDelta::zero()).then(|| (key.hash, act.at + overlap)),
        ..key.clone()
    };
    let action = Action::Key { deed: KeyDeed::Rotated, key: key.id, owner: key.owner };
    let unit = UnitOfWork::of(act, &action)
        .change(Change::Key(Write::Save { expected: key.clone(), next: next.clone() }))
        .mail(notice(act, maker, "key_rotated", &next));
    (unit, next, text)
}

/// A key is worth nothing any more.
#[must_use]
pub fn revoke(act: &Act, key: &Key) -> UnitOfWork<Change> {
    let unit = UnitOfWork::of(act, &Action::Key { deed: KeyDeed::Revoked, key: key.id, owner: key.owner });
    announced(unit, key, Happening::ApiKeyRevoked).change(Change::Key(Write::Remove { expected: key.clone() }))
}

fn notice(act: &Act, maker: &User, template: &'static str, key: &Key) -> Mail {
    let name = key.name.as_str().to_owned();
    mails::notice(act, maker, template).with("name", name).with("hint", key.hint.clone())
}

/// An organization's keys are announced to it; a person's tokens are their own business.
fn announced(
    unit: UnitOfWork<Change>,
    key: &Key,
    happening: fn(kernel::OrganizationId, Key) -> Happening,
) -> UnitOfWork<Change> {
    match key.owner {
        KeyOwner::Organization(organization) => unit.announce(&happening(organization, key.clone())),
        KeyOwner::User(_) => unit,
    }
}

#[cfg(test)]
mod tests;
