use std::sync::Arc;

use identity::{Claims, Key, KeyOwner};
use kernel::{Actor, Narrowed, OrganizationId, SessionId, Time, UserId};
use rbac::Holder;

/// A person who signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub user: UserId,
    /// In which sign-in.
    pub session: SessionId,
    /// The organization the sign-in is bound to.
    pub organization: Option<OrganizationId>,
}

impl Person {
    pub(crate) fn of(claims: &Claims) -> Self {
        Self { user: claims.user, session: claims.session, organization: claims.organization }
    }

    /// As the actor of what they do.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        Actor::User { id: self.user, session: self.session }
    }
}

/// Somebody whose credential is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A person who signed in.
    Person(Person),
    /// A program, with an organization's key or a person's token, and to what that narrows it.
    Program {
        /// Which key or token.
        key: Arc<Key>,
        /// To what it narrows.
        narrowed: Narrowed,
    },
}

impl From<Person> for Caller {
    fn from(person: Person) -> Self {
        Self::Person(person)
    }
}

impl Caller {
    pub(crate) fn program(key: Arc<Key>) -> Self {
        let narrowed = key.scopes.narrowed();
        Self::Program { key, narrowed }
    }

    /// As the actor of what they do.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            Self::Person(person) => person.actor(),
            Self::Program { key, .. } => match key.owner {
                KeyOwner::Organization(_) => Actor::Key { id: key.id, maker: key.maker },
                KeyOwner::User(user) => Actor::Token { id: key.id, user },
            },
        }
    }

    /// Who it is, or by whose rights it acts.
    #[must_use]
    pub fn principal(&self) -> UserId {
        match self {
            Self::Person(person) => person.user,
            Self::Program { key, .. } => key.maker,
        }
    }

    /// To what the credential narrows them.
    #[must_use]
    pub const fn narrowed(&self) -> Option<&Narrowed> {
        match self {
            Self::Person(_) => None,
            Self::Program { narrowed, .. } => Some(narrowed),
        }
    }

    /// As snapshots are asked about them, at a moment.
    #[must_use]
    pub fn holder(&self, at: Time) -> Holder<'_> {
        Holder { user: self.principal(), at, narrowed: self.narrowed() }
    }

    /// Where they act when a request names no organization.
    #[must_use]
    pub fn organization(&self) -> Option<OrganizationId> {
        match self {
            Self::Person(person) => person.organization,
            Self::Program { key, .. } => key.organization,
        }
    }

    /// The organization in whose name they act, where it is one.
    #[must_use]
    pub fn acts_as(&self) -> Option<OrganizationId> {
        match self {
            Self::Program { key, .. } => match key.owner {
                KeyOwner::Organization(organization) => Some(organization),
                KeyOwner::User(_) => None,
            },
            Self::Person(_) => None,
        }
    }

    /// The person, where it is one who signed in.
    #[must_use]
    pub const fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            Self::Program { .. } => None,
        }
    }
}
