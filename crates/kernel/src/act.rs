use std::net::IpAddr;
use std::sync::Arc;

use crate::{
    Action, Actor, AuditEntry, AuditId, Detail, Event, EventId, Happening, Id, Ids, MailId, Narrowed, OrganizationId,
    PersonalDetail, PublicDetail, Scope, Secret, Time, Token,
};

/// Somebody doing something: built once a request, and the only way to start a [`crate::UnitOfWork`].
#[derive(Clone, Debug)]
pub struct Act {
    /// Who.
    pub actor: Actor,
    /// To what the credential narrows who acts; absent where it does not.
    pub narrowed: Option<Narrowed>,
    /// Within which organization, where the request is bound to one.
    pub organization: Option<OrganizationId>,
    /// From which network address.
    pub address: Option<IpAddr>,
    /// With which user agent, at most 500 characters.
    pub agent: Option<String>,
    /// The request's id, as answered in every error.
    pub request_id: String,
    /// When; one moment for the whole request.
    pub at: Time,
    /// The caller's `Idempotency-Key`, where this act takes one.
    pub idempotency: Option<Idempotency>,
    /// Where its ids and secrets come from.
    pub ids: Arc<dyn Ids>,
}

/// A caller's `Idempotency-Key` for one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// The key as sent.
    pub key: Secret,
    /// Credential, organization and route: the same key elsewhere is another key.
    pub scope: String,
    /// SHA-256 of the request, to tell a repetition from another request.
    pub request: [u8; 32],
}

impl Act {
    /// An act of Portcullis itself.
    #[must_use]
    pub fn of_system(at: Time, ids: Arc<dyn Ids>) -> Self {
        let request_id = ids.uuid(at).to_string();
        Self {
            actor: Actor::System,
            narrowed: None,
            organization: None,
            address: None,
            agent: None,
            request_id,
            at,
            idempotency: None,
            ids,
        }
    }

    /// The same act, bound to an organization.
    #[must_use]
    pub fn within(&self, organization: OrganizationId) -> Self {
        Self { organization: Some(organization), ..self.clone() }
    }

    /// The same act by somebody else: a person who has just proved who they are.
    #[must_use]
    pub fn by(&self, actor: Actor) -> Self {
        Self { actor, ..self.clone() }
    }

    /// The same act by a credential that narrows its bearer.
    #[must_use]
    pub fn narrowed(&self, narrowed: Option<Narrowed>) -> Self {
        Self { narrowed, ..self.clone() }
    }

    /// A fresh id.
    #[must_use]
    pub fn id<I: Id>(&self) -> I {
        I::from(self.ids.uuid(self.at))
    }

    /// A fresh bearer secret.
    #[must_use]
    pub fn token(&self) -> Token {
        Token::generate(self.ids.as_ref())
    }

    /// The audit entry of an action, where and by whom included.
    pub(crate) fn entry(&self, action: &impl Action) -> AuditEntry {
        let scope = action.scope();
        let mut entry = AuditEntry {
            id: self.id::<AuditId>(),
            at: self.at,
            actor: self.actor,
            action: action.code(),
            target: action.target(),
            scope,
            organization: match scope {
                Scope::Organization(id) => Some(id),
                Scope::User(_) | Scope::Installation => self.organization,
            },
            outcome: action.outcome(),
            request_id: self.request_id.clone(),
            public: Vec::new(),
            personal: Vec::new(),
        };
        let whose = match scope {
            Scope::User(user) => Some(self.actor.user().unwrap_or(user)),
            Scope::Organization(_) | Scope::Installation => self.actor.user(),
        };
        let address = self.address.map(|it| Detail::personal(whose, "address", it.to_string()));
        let agent = self.agent.as_deref().map(|it| Detail::personal(whose, "agent", it));
        self.tell(&mut entry, address.into_iter().chain(agent).chain(action.details()));
        entry
    }

    /// Adds details to an entry, each personal one under a salt of its own.
    pub(crate) fn tell(&self, entry: &mut AuditEntry, details: impl IntoIterator<Item = Detail>) {
        for Detail { key, before, after, personal } in details {
            match personal {
                None => entry.public.push(PublicDetail { key, before, after }),
                Some(subject) => {
                    let mut salt = [0; 16];
                    salt.copy_from_slice(&self.ids.bytes()[..16]);
                    entry.personal.push(PersonalDetail { subject, key, before, after, salt });
                }
            }
        }
    }

    /// The event of a happening.
    pub(crate) fn event(&self, happening: &impl Happening) -> Event {
        Event {
            id: self.id::<EventId>(),
            at: self.at,
            kind: happening.code(),
            scope: happening.scope(),
            data: happening.data(),
        }
    }

    /// A fresh id for a mail.
    #[must_use]
    pub fn mail_id(&self) -> MailId {
        self.id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOON, SeqIds, act, nth};

    #[test]
    fn an_act_can_be_bound_and_taken_over() {
        let actor = Actor::User { id: nth(1), session: nth(2) };
        let act = act().by(actor).within(nth(3));
        assert_eq!((act.actor, act.organization, act.at), (actor, Some(nth(3)), NOON));
    }

    #[test]
    fn the_systems_acts_have_no_address() {
        let act = Act::of_system(NOON, Arc::new(SeqIds::default()));
        assert_eq!((act.actor, act.address, act.idempotency), (Actor::System, None, None));
        assert_eq!(act.request_id, nth::<AuditId>(1).to_string());
    }
}
