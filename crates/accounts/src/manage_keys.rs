use std::sync::Arc;

use chrono::TimeDelta;
use identity::ports::{Keys, Sessions, Users};
use identity::rules::{LONGEST_OVERLAP, NewKey, make_key, revoke_key, rotate_key, session_guard};
use identity::{Key, KeyOwner, KeyPrefixes, Label, Scopes, User, UserStatus};
use kernel::{
    Act, Decided, Guard, KeyId, OrganizationId, Permission, Problems, RoleKey, Secret, Store, Time, UnitOfWork, UserId,
    carry_out,
};
use rbac::{Holder, Snapshot};
use serde::{Deserialize, Serialize};
use tenancy::ports::Holdings;

use crate::{Change, Error, Node, Person};

/// Makes, rotates and revokes organizations' keys and personal tokens. Nobody gives one what they do not hold.
pub struct ManageKeys {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which keys there are.
    pub keys: Arc<dyn Keys>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Which sessions there are.
    pub sessions: Arc<dyn Sessions>,
    /// Where a person belongs.
    pub holdings: Arc<dyn Holdings>,
    /// Who may do what.
    pub node: Arc<Node>,
    /// How keys begin.
    pub prefixes: KeyPrefixes,
}

/// What is wished for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyInput {
    /// What it is called.
    pub name: String,
    /// What it may; absent for the admin role, which only an organization's key can have.
    pub scopes: Option<Vec<String>>,
    /// Until when.
    pub expires_at: Option<Time>,
}

/// A key as it is shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownKey {
    /// Its id.
    pub id: KeyId,
    /// What it is called.
    pub name: Label,
    /// The key itself.
    #[serde(with = "kernel::exposed")]
    pub key: Secret,
    /// What it may; absent for the admin role.
    pub scopes: Option<Vec<Permission>>,
    /// Until when.
    pub expires_at: Option<Time>,
}

impl ShownKey {
    fn of(key: &Key, text: Secret) -> Self {
        let scopes = match &key.scopes {
            Scopes::Admin => None,
            Scopes::Only(permissions) => Some(permissions.clone()),
        };
        Self { id: key.id, name: key.name.clone(), key: text, scopes, expires_at: key.expires_at }
    }
}

/// Checked input.
struct Wish {
    name: Label,
    scopes: Option<Vec<Permission>>,
    expires_at: Option<Time>,
}

impl ManageKeys {
    /// A key of the organization. Without scopes it is as good as an admin, where its maker holds all that an admin holds.
    pub async fn make(
        &self,
        act: &Act,
        person: &Person,
        organization: OrganizationId,
        input: KeyInput,
    ) -> Result<ShownKey, Error> {
        let wish = check(act, input, "scopes")?;
        carry_out(self.store.as_ref(), act, || async {
            let (maker, multi_factor) = self.maker(person).await?;
            let snapshot = self.node.snapshot(organization).await?.ok_or(Error::NotFound)?;
            let scopes = match &wish.scopes {
                None => match snapshot.lacks(Holder::at(person.user, act.at), &RoleKey::ADMIN) {
                    None => Scopes::Admin,
                    Some(lacking) => return Err(Error::PermissionDenied(lacking.clone())),
                },
                Some(wanted) => {
                    known("scopes", wanted, |it| snapshot.knows(it))?;
                    held(wanted, |it| snapshot.check(Holder::at(person.user, act.at), it).allowed)?;
                    Scopes::Only(wanted.clone())
                }
            };
            let new = NewKey {
                owner: KeyOwner::Organization(organization),
                organization: Some(organization),
                name: wish.name.clone(),
                scopes,
                multi_factor,
                expires_at: wish.expires_at,
            };
            let (unit, key, text) = make_key(act, &self.prefixes, &maker, new);
            let unit = unit
                .expect(session_guard(&maker))
                .expect(Guard::Authorization { organization, version: snapshot.version() });
            Ok(Decided::Done(unit.widen(), ShownKey::of(&key, text)))
        })
        .await
    }

    /// A token of the person. Each permission must be held in an organization of theirs; what it comes to elsewhere, and
    /// later, is what they hold there then.
    pub async fn make_personal(&self, act: &Act, person: &Person, input: KeyInput) -> Result<ShownKey, Error> {
        let wish = check(act, input, "permissions")?;
        carry_out(self.store.as_ref(), act, || async {
            let (maker, multi_factor) = self.maker(person).await?;
            let wanted = wish.scopes.clone().unwrap_or_default();
            let snapshots = self.snapshots_of(person.user).await?;
            known("permissions", &wanted, |it| {
                snapshots.iter().any(|snapshot| snapshot.knows(it))
                    || rbac::system::PERMISSIONS.iter().any(|(p, _)| p == it)
            })?;
            held(&wanted, |it| {
                snapshots.iter().any(|snapshot| snapshot.check(Holder::at(person.user, act.at), it).allowed)
            })?;
            let new = NewKey {
                owner: KeyOwner::User(person.user),
                organization: act.organization.or(person.organization),
                name: wish.name.clone(),
                scopes: Scopes::Only(wanted),
                multi_factor,
                expires_at: wish.expires_at,
            };
            let (unit, key, text) = make_key(act, &self.prefixes, &maker, new);
            // Or a token made while all are revoked would stay.
            Ok(Decided::Done(unit.expect(session_guard(&maker)).widen(), ShownKey::of(&key, text)))
        })
        .await
    }

    /// Another text for a key of the organization; the one before goes on for the overlap. Nobody takes over a key that may
    /// what they may not.
    pub async fn rotate(
        &self,
        act: &Act,
        person: &Person,
        organization: OrganizationId,
        key: KeyId,
        overlap: TimeDelta,
    ) -> Result<ShownKey, Error> {
        if overlap < TimeDelta::zero() || overlap > LONGEST_OVERLAP {
            let sentence = "The overlap_seconds field must be 0 to 2592000.";
            return Err(Problems::one("overlap_seconds", sentence).into());
        }
        carry_out(self.store.as_ref(), act, || async {
            let (maker, multi_factor) = self.maker(person).await?;
            let key = self.owned(KeyOwner::Organization(organization), key).await?;
            // A second one would take from the programs the text they still use: a call that is repeated, for its answer
            // got lost, must not.
            if overlap > TimeDelta::zero() && key.previous.is_some_and(|(_, until)| act.at < until) {
                return Err(identity::Error::IllegalState.into());
            }
            let snapshot = self.node.snapshot(organization).await?.ok_or(Error::NotFound)?;
            match &key.scopes {
                Scopes::Admin => match snapshot.lacks(Holder::at(person.user, act.at), &RoleKey::ADMIN) {
                    None => {}
                    Some(lacking) => return Err(Error::PermissionDenied(lacking.clone())),
                },
                Scopes::Only(permissions) => {
                    held(permissions, |it| snapshot.check(Holder::at(person.user, act.at), it).allowed)?;
                }
            }
            let (unit, key, text) = rotate_key(act, &self.prefixes, &key, (&maker, multi_factor), overlap);
            let unit = unit
                .expect(session_guard(&maker))
                .expect(Guard::Authorization { organization, version: snapshot.version() });
            Ok(Decided::Done(unit.widen(), ShownKey::of(&key, text)))
        })
        .await
    }

    /// Worth nothing from now on, on every node.
    pub async fn revoke(&self, act: &Act, owner: KeyOwner, key: KeyId) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let key = self.owned(owner, key).await?;
            let unit: UnitOfWork<Change> = revoke_key(act, &key).widen();
            Ok(Decided::Done(unit, ()))
        })
        .await
    }

    async fn owned(&self, owner: KeyOwner, key: KeyId) -> Result<Key, Error> {
        let key = self.keys.by_id(key).await?.filter(|it| it.owner == owner);
        key.ok_or(Error::Identity(identity::Error::KeyNotFound))
    }

    /// Who makes a key, and whether they have given more than one factor. Their address must be proved.
    async fn maker(&self, person: &Person) -> Result<(User, bool), Error> {
        let user = self.users.by_id(person.user).await?.filter(|it| it.status == UserStatus::Active);
        let user = user.ok_or(Error::TokenInvalid)?;
        if user.verified_at.is_none() {
            return Err(Error::EmailNotVerified);
        }
        let session = self.sessions.by_id(person.session).await?.filter(|it| it.ended_at.is_none());
        Ok((user, session.ok_or(Error::TokenInvalid)?.factors.are_multiple()))
    }

    async fn snapshots_of(&self, user: UserId) -> Result<Vec<Arc<Snapshot>>, Error> {
        let mut snapshots = Vec::new();
        for holding in self.holdings.of(user).await? {
            snapshots.extend(self.node.snapshot(holding.organization.id).await?);
        }
        Ok(snapshots)
    }
}

fn check(act: &Act, input: KeyInput, field: &'static str) -> Result<Wish, Problems> {
    let mut problems = Problems::default();
    let name = Label::parse(&input.name);
    let name = problems.check("name", name, "The name field must be 1 to 100 printable characters.");
    if input.expires_at.is_some_and(|it| it <= act.at) {
        problems.add("expires_at", "The expires_at field must lie in the future.");
    }
    let scopes = input.scopes.map(|wanted| {
        let parsed = wanted.iter().enumerate().filter_map(|(i, text)| {
            let sentence = "This is no permission; wildcards are for roles only.";
            problems.check(format!("{field}.{i}"), Permission::parse(text), sentence)
        });
        let mut scopes: Vec<Permission> = parsed.collect();
        scopes.sort();
        scopes.dedup();
        scopes
    });
    match name {
        Some(name) if problems.is_empty() => Ok(Wish { name, scopes, expires_at: input.expires_at }),
        _ => Err(problems),
    }
}

fn known(field: &str, wanted: &[Permission], is_known: impl Fn(&Permission) -> bool) -> Result<(), Problems> {
    match wanted.iter().find(|it| !is_known(it)) {
        None => Ok(()),
        Some(unknown) => Err(Problems::one(field.to_owned(), format!("There is no permission {unknown}."))),
    }
}

fn held(wanted: &[Permission], holds: impl Fn(&Permission) -> bool) -> Result<(), Error> {
    match wanted.iter().find(|it| !holds(it)) {
        None => Ok(()),
        Some(lacking) => Err(Error::PermissionDenied(lacking.clone())),
    }
}

#[cfg(test)]
mod tests;
