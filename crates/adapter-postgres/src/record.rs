//! The one place where evidence is written.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Actor, AuditEntry, Event, Evidence, Fault, Id, Mail, Outcome, Scope, Sealer, Time};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::queues::sealed_mail;
use crate::refusal::Refusal;
use crate::schema::{audit_entries, audit_personal, events, mails};

/// Writes what a transaction leaves behind, in that transaction.
pub(crate) async fn record(
    connection: &mut AsyncPgConnection,
    sealer: &dyn Sealer,
    evidence: &Evidence,
) -> Result<(), Refusal> {
    let Some(first) = evidence.audit.as_slice().first() else {
        let silent = evidence.events.is_empty() && evidence.mail.is_empty();
        return if silent { Ok(()) } else { Err(Fault::defect("events and mails without an entry").into()) };
    };
    let entries: Vec<EntryRow> = evidence.audit.iter().map(EntryRow::from).collect();
    diesel::insert_into(audit_entries::table).values(entries).execute(connection).await?;
    let personal: Vec<PersonalRow> = evidence.audit.iter().flat_map(PersonalRow::all_of).collect();
    if !personal.is_empty() {
        diesel::insert_into(audit_personal::table).values(personal).execute(connection).await?;
    }
    if !evidence.events.is_empty() {
        let rows: Vec<EventRow> = evidence.events.iter().map(EventRow::from).collect();
        diesel::insert_into(events::table).values(rows).execute(connection).await?;
    }
    if !evidence.mail.is_empty() {
        let rows: Result<Vec<MailRow>, Fault> =
            evidence.mail.iter().map(|mail| MailRow::of(mail, sealer, first.at)).collect();
        diesel::insert_into(mails::table).values(rows?).execute(connection).await?;
    }
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = audit_entries)]
struct EntryRow<'a> {
    id: Uuid,
    at: Time,
    actor_kind: &'static str,
    actor_id: Option<Uuid>,
    actor_session: Option<Uuid>,
    action: &'static str,
    target_kind: &'static str,
    target_id: &'a str,
    scope_kind: &'static str,
    scope_id: Option<Uuid>,
    organization_id: Option<Uuid>,
    refused: Option<&'static str>,
    request_id: &'a str,
    public: Value,
}

impl<'a> From<&'a AuditEntry> for EntryRow<'a> {
    fn from(entry: &'a AuditEntry) -> Self {
        let (actor_kind, actor_id, actor_session) = columns_of_actor(entry.actor);
        let (scope_kind, scope_id) = columns_of(entry.scope);
        let public = entry.public.iter().map(|it| json!({"key": it.key, "before": it.before, "after": it.after}));
        Self {
            id: entry.id.uuid(),
            at: entry.at,
            actor_kind,
            actor_id,
            actor_session,
            action: entry.action,
            target_kind: entry.target.kind,
            target_id: &entry.target.id,
            scope_kind,
            scope_id,
            organization_id: entry.organization.map(Id::uuid),
            refused: match entry.outcome {
                Outcome::Done => None,
                Outcome::Refused(why) => Some(why),
            },
            request_id: &entry.request_id,
            public: public.collect(),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = audit_personal)]
struct PersonalRow<'a> {
    entry_id: Uuid,
    position: i32,
    subject: Option<Uuid>,
    key: &'a str,
    before: &'a Value,
    after: &'a Value,
    salt: &'a [u8],
}

impl<'a> PersonalRow<'a> {
    fn all_of(entry: &'a AuditEntry) -> impl Iterator<Item = Self> {
        (0..).zip(&entry.personal).map(|(position, it)| Self {
            entry_id: entry.id.uuid(),
            position,
            subject: it.subject.map(Id::uuid),
            key: &it.key,
            before: &it.before,
            after: &it.after,
            salt: &it.salt,
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = events)]
struct EventRow<'a> {
    id: Uuid,
    at: Time,
    kind: &'static str,
    scope_kind: &'static str,
    scope_id: Option<Uuid>,
    data: &'a Value,
}

impl<'a> From<&'a Event> for EventRow<'a> {
    fn from(event: &'a Event) -> Self {
        let (scope_kind, scope_id) = columns_of(event.scope);
        Self { id: event.id.uuid(), at: event.at, kind: event.kind, scope_kind, scope_id, data: &event.data }
    }
}

#[derive(Insertable)]
#[diesel(table_name = mails)]
struct MailRow {
    id: Uuid,
    sealed: Vec<u8>,
    created_at: Time,
    due_at: Time,
}

impl MailRow {
    fn of(mail: &Mail, sealer: &dyn Sealer, at: Time) -> Result<Self, Fault> {
        Ok(Self { id: mail.id.uuid(), sealed: sealed_mail::seal(mail, sealer)?, created_at: at, due_at: at })
    }
}

/// Who it was, and beside a person by which of their credentials: a session, or a token. A key acts for itself.
pub(crate) fn columns_of_actor(actor: Actor) -> (&'static str, Option<Uuid>, Option<Uuid>) {
    match actor {
        Actor::Nobody => ("nobody", None, None),
        Actor::User { id, session } => ("user", Some(id.uuid()), Some(session.uuid())),
        Actor::Token { id, user } => ("token", Some(user.uuid()), Some(id.uuid())),
        Actor::Key { id, .. } => ("key", Some(id.uuid()), None),
        Actor::System => ("system", None, None),
    }
}

fn columns_of(scope: Scope) -> (&'static str, Option<Uuid>) {
    match scope {
        Scope::Organization(id) => ("organization", Some(id.uuid())),
        Scope::User(id) => ("user", Some(id.uuid())),
        Scope::Installation => ("installation", None),
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::nth;

    use super::*;

    #[test]
    fn a_person_is_found_by_their_id_whatever_they_come_with_and_a_key_by_its_own() {
        let (ada, credential) = (nth::<kernel::UserId>(1).uuid(), nth::<kernel::UserId>(2).uuid());
        let key = nth::<kernel::KeyId>(3);
        for (actor, columns) in [
            (Actor::User { id: nth(1), session: nth(2) }, ("user", Some(ada), Some(credential))),
            (Actor::Token { id: nth(2), user: nth(1) }, ("token", Some(ada), Some(credential))),
            (Actor::Key { id: key, maker: nth(1) }, ("key", Some(key.uuid()), None)),
            (Actor::System, ("system", None, None)),
            (Actor::Nobody, ("nobody", None, None)),
        ] {
            assert_eq!(columns_of_actor(actor), columns);
        }
    }
}
