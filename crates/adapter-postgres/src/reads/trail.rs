use std::collections::HashMap;

use async_trait::async_trait;
use audit::ports::Trail;
use audit::{Detail, Entry, Filter};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Fault, Id, OrganizationId, Page, PageRequest, Scope, Time};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::fault::{corrupt, fault};
use crate::keyset::Keyset;
use crate::pool::Database;
use crate::schema::{audit_entries, audit_personal};

#[async_trait]
impl Trail for Database {
    async fn list(
        &self,
        organization: OrganizationId,
        filter: Filter,
        page: PageRequest,
    ) -> Result<Page<Entry>, Fault> {
        let Some(wanted) = Wanted::of(filter) else { return Ok(Page { data: Vec::new(), next: None }) };
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let mut query = audit_entries::table
            .filter(audit_entries::organization_id.eq(organization.uuid()))
            .order((audit_entries::at.desc(), audit_entries::id.desc()))
            .limit(i64::from(page.limit) + 1)
            .select(EntryRow::as_select())
            .into_boxed();
        if let Some(actor) = wanted.actor {
            query = query.filter(audit_entries::actor_id.eq(actor));
        }
        if let Some(action) = wanted.action {
            query = query.filter(audit_entries::action.eq(action));
        }
        if let Some(target) = wanted.target {
            query = query.filter(audit_entries::target_id.eq(target));
        }
        if let Some(from) = wanted.from {
            query = query.filter(audit_entries::at.ge(from));
        }
        if let Some(to) = wanted.to {
            query = query.filter(audit_entries::at.lt(to));
        }
        if let Some(last) = page.after.as_ref().and_then(Keyset::read) {
            query = query
                .filter(audit_entries::at.le(last.at))
                .filter(audit_entries::at.lt(last.at).or(audit_entries::id.lt(last.id)));
        }
        let rows: Vec<EntryRow> = query.load(&mut connection).await.map_err(fault)?;
        let page = Page::from_one_more(rows, page.limit, |it| Keyset { at: it.at, id: it.id }.cursor());
        let mut personal = personal_of(&mut connection, &page.data).await?;
        let entries = page.data.into_iter().map(|row| {
            let about_people = personal.remove(&row.id).unwrap_or_default();
            row.tell(about_people.into_iter().map(|(_, detail)| detail).collect())
        });
        Ok(Page { data: entries.collect::<Result<_, Fault>>()?, next: page.next })
    }
}

/// A filter that something can meet.
struct Wanted {
    actor: Option<Uuid>,
    action: Option<String>,
    target: Option<String>,
    from: Option<Time>,
    to: Option<Time>,
}

impl Wanted {
    /// `None` where nothing can: an actor that is no id, a text the database can't hold.
    fn of(filter: Filter) -> Option<Self> {
        let Filter { actor, action, target, from, to } = filter;
        let actor = actor.map(|it| it.parse()).transpose().ok()?;
        let holdable = |text: &Option<String>| text.as_ref().is_none_or(|it| !it.contains('\0'));
        (holdable(&action) && holdable(&target)).then_some(Self { actor, action, target, from, to })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_entries, check_for_backend(Pg))]
pub(super) struct EntryRow {
    pub(super) id: Uuid,
    at: Time,
    actor_kind: String,
    pub(super) actor_id: Option<Uuid>,
    actor_session: Option<Uuid>,
    action: String,
    target_kind: String,
    target_id: String,
    organization_id: Option<Uuid>,
    refused: Option<String>,
    request_id: String,
    public: Value,
}

#[derive(Deserialize)]
struct Public {
    key: String,
    before: Value,
    after: Value,
}

impl EntryRow {
    /// With what is about people beside what is public.
    pub(super) fn tell(self, mut personal: Vec<Detail>) -> Result<Entry, Fault> {
        let address = take(&mut personal, "address");
        let agent = take(&mut personal, "agent");
        let public: Vec<Public> = serde_json::from_value(self.public).map_err(|_| corrupt("entry's details"))?;
        let public = public.into_iter().map(|Public { key, before, after }| Detail { key, before, after });
        Ok(Entry {
            id: self.id.into(),
            at: self.at,
            actor_token: self.actor_session.filter(|_| self.actor_kind == "token").map(|it| it.to_string()),
            actor_kind: self.actor_kind,
            actor_id: self.actor_id.map(|it| it.to_string()),
            action: self.action,
            target_kind: self.target_kind,
            target_id: self.target_id,
            organization: self.organization_id.map(Into::into),
            refused: self.refused,
            request_id: self.request_id,
            address,
            agent,
            details: public.chain(personal).collect(),
        })
    }
}

/// What every entry says of where it came from stands first among what is about people.
fn take(personal: &mut Vec<Detail>, key: &str) -> Option<String> {
    let position = personal.iter().position(|it| it.key == key)?;
    personal.remove(position).after.as_str().map(ToOwned::to_owned)
}

/// What is said about people, by entry, each with whom it is about where that is known.
pub(super) async fn personal_of(
    connection: &mut AsyncPgConnection,
    entries: &[EntryRow],
) -> Result<HashMap<Uuid, Vec<(Option<Uuid>, Detail)>>, Fault> {
    let ids: Vec<Uuid> = entries.iter().map(|it| it.id).collect();
    let rows: Vec<(Uuid, Option<Uuid>, String, Value, Value)> = audit_personal::table
        .filter(audit_personal::entry_id.eq_any(ids))
        .order((audit_personal::entry_id, audit_personal::position))
        .select((
            audit_personal::entry_id,
            audit_personal::subject,
            audit_personal::key,
            audit_personal::before,
            audit_personal::after,
        ))
        .load(connection)
        .await
        .map_err(fault)?;
    let mut personal: HashMap<Uuid, Vec<(Option<Uuid>, Detail)>> = HashMap::new();
    for (entry, subject, key, before, after) in rows {
        personal.entry(entry).or_default().push((subject, Detail { key, before, after }));
    }
    Ok(personal)
}
