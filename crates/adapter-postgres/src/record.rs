//! The one place where evidence is written.

use audit::ports::LeafSealer;
use audit::{Entry, Waiting};
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Event, Evidence, Fault, Id, Mail, Scope, Sealer, Time};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::queues::sealed_mail;
use crate::queues::waiting::WaitingRow;
use crate::refusal::Refusal;
use crate::schema::{audit_entries, audit_personal, audit_waiting, events, mails};

/// Writes what a transaction leaves behind, in that transaction.
pub(crate) async fn record(
    connection: &mut AsyncPgConnection,
    sealer: &dyn Sealer,
    leaves: &dyn LeafSealer,
    evidence: &Evidence,
) -> Result<(), Refusal> {
    let Some(first) = evidence.audit.as_slice().first() else {
        let silent = evidence.events.is_empty() && evidence.mail.is_empty();
        return if silent { Ok(()) } else { Err(Fault::defect("events and mails without an entry").into()) };
    };
    let entries: Vec<Entry> = evidence.audit.iter().map(Entry::from).collect();
    let rows: Vec<EntryRow> = entries.iter().map(EntryRow::from).collect();
    diesel::insert_into(audit_entries::table).values(rows).execute(connection).await.map_err(unwritable)?;
    let leaves: Vec<WaitingRow> = entries.iter().map(|it| Waiting::sealed(it, leaves).into()).collect();
    diesel::insert_into(audit_waiting::table).values(leaves).execute(connection).await.map_err(unwritable)?;
    let personal: Vec<PersonalRow> = entries.iter().flat_map(PersonalRow::all_of).collect();
    if !personal.is_empty() {
        diesel::insert_into(audit_personal::table).values(personal).execute(connection).await.map_err(unwritable)?;
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

/// What can't be written down is not done, and may be tried again when it can.
fn unwritable(error: DieselError) -> Refusal {
    match Refusal::from(error) {
        Refusal::Fault(Fault::Failed(error)) => Refusal::Fault(Fault::Unavailable(error)),
        other => other,
    }
}

#[derive(Insertable)]
#[diesel(table_name = audit_entries)]
struct EntryRow<'a> {
    id: Uuid,
    at: Time,
    actor_kind: &'a str,
    actor_id: Option<Uuid>,
    actor_session: Option<Uuid>,
    action: &'a str,
    target_kind: &'a str,
    target_id: &'a str,
    scope_kind: &'a str,
    scope_id: Option<Uuid>,
    organization_id: Option<Uuid>,
    refused: Option<&'a str>,
    request_id: &'a str,
    public: Value,
}

impl<'a> From<&'a Entry> for EntryRow<'a> {
    fn from(entry: &'a Entry) -> Self {
        let public = entry.public.iter().map(|it| json!({"key": it.key, "before": it.before, "after": it.after}));
        Self {
            id: entry.id.uuid(),
            at: entry.at,
            actor_kind: &entry.actor_kind,
            actor_id: entry.actor_id,
            actor_session: entry.actor_credential,
            action: &entry.action,
            target_kind: &entry.target_kind,
            target_id: &entry.target_id,
            scope_kind: &entry.scope_kind,
            scope_id: entry.scope_id,
            organization_id: entry.organization.map(Id::uuid),
            refused: entry.refused.as_deref(),
            request_id: &entry.request_id,
            public: public.collect(),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = audit_personal)]
struct PersonalRow<'a> {
    entry_id: Uuid,
    at: Time,
    position: i32,
    subject: Option<Uuid>,
    key: &'a str,
    before: &'a Value,
    after: &'a Value,
    salt: &'a [u8],
    commitment: &'a [u8],
}

impl<'a> PersonalRow<'a> {
    fn all_of(entry: &'a Entry) -> impl Iterator<Item = Self> {
        (0..).zip(&entry.personal).map(|(position, it)| Self {
            entry_id: entry.id.uuid(),
            at: entry.at,
            position,
            subject: it.subject,
            key: &it.detail.key,
            before: &it.detail.before,
            after: &it.detail.after,
            salt: &it.salt,
            commitment: &it.commitment.0,
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

fn columns_of(scope: Scope) -> (&'static str, Option<Uuid>) {
    match scope {
        Scope::Organization(id) => ("organization", Some(id.uuid())),
        Scope::User(id) => ("user", Some(id.uuid())),
        Scope::Installation => ("installation", None),
    }
}
