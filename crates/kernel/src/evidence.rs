use std::borrow::Cow;

use serde_json::Value;

use crate::{Actor, AuditId, EventId, Mail, OrganizationId, Time, UserId};

/// Whom something concerns: who may read it, and who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One organization.
    Organization(OrganizationId),
    /// One person, and through them every organization they belong to.
    User(UserId),
    /// The whole installation.
    Installation,
}

/// What was acted on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The kind of thing: `user`, `invitation`, …
    pub kind: &'static str,
    /// Which one.
    pub id: String,
}

impl Target {
    /// The thing of this kind with this id.
    pub fn new<I: ToString + ?Sized>(kind: &'static str, id: &I) -> Self {
        Self { kind, id: id.to_string() }
    }
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused, for this reason.
    Refused(&'static str),
}

/// Something said about an action: before and after of one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// The field.
    pub key: Cow<'static, str>,
    /// What it was; null where there was nothing.
    pub before: Value,
    /// What it is; null where there is nothing.
    pub after: Value,
    /// Whether it is about a person, and about whom where that is known.
    pub personal: Option<Option<UserId>>,
}

impl Detail {
    /// A fact that may stand in the log for ever.
    pub fn public(key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        Self { key: key.into(), before: Value::Null, after: value.into(), personal: None }
    }

    /// A fact about a person, kept beside the log under a salt of its own, so that it can be erased and the log still
    /// proves. Addresses, agents, emails and names are always personal.
    pub fn personal(subject: Option<UserId>, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        Self { key: key.into(), before: Value::Null, after: value.into(), personal: Some(subject) }
    }
}

/// What a domain can record: one variant an action, with a `const ALL` of every code beside it.
pub trait Action {
    /// The action's name; the event's where there is one.
    fn code(&self) -> &'static str;
    /// What it was done to.
    fn target(&self) -> Target;
    /// Whom it concerns.
    fn scope(&self) -> Scope;
    /// How it went.
    fn outcome(&self) -> Outcome {
        Outcome::Done
    }
    /// What else is to be said, beyond the changes' own before and after.
    fn details(&self) -> Vec<Detail> {
        Vec::new()
    }
}

/// What a domain announces to webhooks: one variant an event, with a `const ALL` of every code beside it.
pub trait Happening {
    /// The event type, as seed 000 spells it: `user.created`.
    fn code(&self) -> &'static str;
    /// Whom it concerns.
    fn scope(&self) -> Scope;
    /// The payload's `data`; never a secret.
    fn data(&self) -> Value;
}

/// A public fact of an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct PublicDetail {
    /// The field.
    pub key: Cow<'static, str>,
    /// What it was.
    pub before: Value,
    /// What it is.
    pub after: Value,
}

/// A personal fact of an entry, with the salt its commitment is made with.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonalDetail {
    /// About whom, where that is known.
    pub subject: Option<UserId>,
    /// The field.
    pub key: Cow<'static, str>,
    /// What it was.
    pub before: Value,
    /// What it is.
    pub after: Value,
    /// 16 random bytes: without them the commitment says nothing.
    pub salt: [u8; 16],
}

/// One entry of the audit log: who did what to whom, when, from where.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Time,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: &'static str,
    /// To what.
    pub target: Target,
    /// Whom it concerns.
    pub scope: Scope,
    /// The organization that may read it: the scope's, or the one the request was bound to.
    pub organization: Option<OrganizationId>,
    /// How it went.
    pub outcome: Outcome,
    /// The request it came with.
    pub request_id: String,
    /// What may stay for ever.
    pub public: Vec<PublicDetail>,
    /// What is about a person.
    pub personal: Vec<PersonalDetail>,
}

/// One event for webhooks.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its id, also the `webhook-id` of every delivery.
    pub id: EventId,
    /// When it happened.
    pub at: Time,
    /// The event type.
    pub kind: &'static str,
    /// Whom it concerns.
    pub scope: Scope,
    /// The payload's `data`.
    pub data: Value,
}

/// What a unit leaves behind besides its changes; written in the same transaction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The audit entries.
    pub audit: Vec<AuditEntry>,
    /// The events.
    pub events: Vec<Event>,
    /// The mails.
    pub mail: Vec<Mail>,
}

impl Evidence {
    /// Both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.audit.extend(other.audit);
        self.events.extend(other.events);
        self.mail.extend(other.mail);
        self
    }
}
