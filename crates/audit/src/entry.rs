use kernel::{Actor, AuditEntry, AuditId, Id, OrganizationId, Outcome, Scope, Time};
use serde_json::Value;
use uuid::Uuid;

use crate::Hash;

/// An entry as it is stored and read.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Time,
    /// `user`, `token` (a person, through a personal token), `key`, `system` or `nobody`.
    pub actor_kind: String,
    /// Which person or key; absent for nobody and the system.
    pub actor_id: Option<Uuid>,
    /// By which of a person's credentials: a session, or a token.
    pub actor_credential: Option<Uuid>,
    /// What was done; the event's name where there is one.
    pub action: String,
    /// To which kind of thing.
    pub target_kind: String,
    /// To which one.
    pub target_id: String,
    /// Whom it concerns: `organization`, `user` or `installation`.
    pub scope_kind: String,
    /// Which one; absent for the installation.
    pub scope_id: Option<Uuid>,
    /// Which organization may read it.
    pub organization: Option<OrganizationId>,
    /// Why it was refused; absent where it was done.
    pub refused: Option<String>,
    /// The request it came with.
    pub request_id: String,
    /// What may stay for ever.
    pub public: Vec<Detail>,
    /// What is about people, and can be erased.
    pub personal: Vec<Personal>,
}

/// One field of an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// The field.
    pub key: String,
    /// What it was; null where there was nothing.
    pub before: Value,
    /// What it is; null where there is nothing, or where it was erased.
    pub after: Value,
}

/// One field that is about a person. The log commits to it without telling it.
#[derive(Clone, Debug, PartialEq)]
pub struct Personal {
    /// About whom, where that is known.
    pub subject: Option<Uuid>,
    /// What is said.
    pub detail: Detail,
    /// Without it the commitment says nothing; all zero once it was erased.
    pub salt: [u8; 16],
    /// What the leaf holds in its place.
    pub commitment: Hash,
}

impl Entry {
    /// From which address.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.said("address")
    }

    /// With which user agent.
    #[must_use]
    pub fn agent(&self) -> Option<&str> {
        self.said("agent")
    }

    /// What changed, and what else is to be said.
    pub fn details(&self) -> impl Iterator<Item = &Detail> {
        let whence = ["address", "agent"].map(|key| self.first(key));
        let personal = self.personal.iter().enumerate();
        let rest = personal.filter(move |(place, _)| !whence.contains(&Some(*place))).map(|(_, it)| &it.detail);
        self.public.iter().chain(rest)
    }

    /// What every entry says of where it came from stands first among what is about people.
    fn first(&self, key: &str) -> Option<usize> {
        self.personal.iter().position(|it| it.detail.key == key)
    }

    fn said(&self, key: &str) -> Option<&str> {
        self.personal[self.first(key)?].detail.after.as_str()
    }
}

impl From<&AuditEntry> for Entry {
    fn from(entry: &AuditEntry) -> Self {
        let (actor_kind, actor_id, actor_credential) = words_of_actor(entry.actor);
        let (scope_kind, scope_id) = match entry.scope {
            Scope::Organization(id) => ("organization", Some(id.uuid())),
            Scope::User(id) => ("user", Some(id.uuid())),
            Scope::Installation => ("installation", None),
        };
        let public = entry.public.iter();
        let personal = entry.personal.iter().map(|it| {
            let subject = it.subject.map(Id::uuid);
            let detail = Detail { key: it.key.to_string(), before: it.before.clone(), after: it.after.clone() };
            Personal::new(subject, detail, it.salt)
        });
        Self {
            id: entry.id,
            at: entry.at,
            actor_kind: actor_kind.to_owned(),
            actor_id,
            actor_credential,
            action: entry.action.to_owned(),
            target_kind: entry.target.kind.to_owned(),
            target_id: entry.target.id.clone(),
            scope_kind: scope_kind.to_owned(),
            scope_id,
            organization: entry.organization,
            refused: match entry.outcome {
                Outcome::Done => None,
                Outcome::Refused(why) => Some(why.to_owned()),
            },
            request_id: entry.request_id.clone(),
            public: public
                .map(|it| Detail { key: it.key.to_string(), before: it.before.clone(), after: it.after.clone() })
                .collect(),
            personal: personal.collect(),
        }
    }
}

/// Who it was, and beside a person by which of their credentials: a session, or a token. A key acts for itself.
#[must_use]
pub fn words_of_actor(actor: Actor) -> (&'static str, Option<Uuid>, Option<Uuid>) {
    match actor {
        Actor::Nobody => ("nobody", None, None),
        Actor::User { id, session } => ("user", Some(id.uuid()), Some(session.uuid())),
        Actor::Token { id, user } => ("token", Some(user.uuid()), Some(id.uuid())),
        Actor::Key { id, .. } => ("key", Some(id.uuid()), None),
        Actor::System => ("system", None, None),
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::nth;

    use super::*;
    use crate::testing::entry;

    #[test]
    fn a_person_is_found_by_their_id_whatever_they_come_with_and_a_key_by_its_own() {
        let (ada, credential) = (nth::<kernel::UserId>(1).uuid(), nth::<kernel::UserId>(2).uuid());
        let key = nth::<kernel::KeyId>(3);
        for (actor, words) in [
            (Actor::User { id: nth(1), session: nth(2) }, ("user", Some(ada), Some(credential))),
            (Actor::Token { id: nth(2), user: nth(1) }, ("token", Some(ada), Some(credential))),
            (Actor::Key { id: key, maker: nth(1) }, ("key", Some(key.uuid()), None)),
            (Actor::System, ("system", None, None)),
            (Actor::Nobody, ("nobody", None, None)),
        ] {
            assert_eq!(words_of_actor(actor), words);
        }
    }

    #[test]
    fn where_it_came_from_is_told_apart_from_what_changed() {
        let entry = entry(1);
        assert_eq!((entry.address(), entry.agent()), (Some("192.0.2.1"), None));
        let keys: Vec<&str> = entry.details().map(|it| it.key.as_str()).collect();
        assert_eq!(keys, ["role", "email"]);
    }
}
