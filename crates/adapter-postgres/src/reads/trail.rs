use std::collections::HashMap;

use async_trait::async_trait;
use audit::ports::Trail;
use audit::{Detail, Entry, Filter, Hash, Personal};
use diesel::dsl::{AsSelect, IntoBoxed, Select, sql};
use diesel::expression::SqlLiteral;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Text;
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
        let query = audit_entries::table
            .filter(audit_entries::organization_id.eq(organization.uuid()))
            .order((audit_entries::at.desc(), audit_entries::id.desc()))
            .select(EntryRow::as_select())
            .into_boxed();
        self.page(Scope::Organization(organization), query, filter, page).await
    }

    async fn outside(&self, filter: Filter, page: PageRequest) -> Result<Page<Entry>, Fault> {
        // Of rows without an organization the planner does not see that they come in order from the indexes that begin with
        // it, unless it is said.
        let query = audit_entries::table
            .filter(audit_entries::organization_id.is_null())
            .order((audit_entries::organization_id.asc(), audit_entries::at.desc(), audit_entries::id.desc()))
            .select(EntryRow::as_select())
            .into_boxed();
        self.page(Scope::Installation, query, filter, page).await
    }
}

type Rows<'a> = IntoBoxed<'a, Select<audit_entries::table, AsSelect<EntryRow, Pg>>, Pg>;

impl Database {
    /// Of these rows, in their order, those that are wanted.
    async fn page(
        &self,
        scope: Scope,
        query: Rows<'_>,
        filter: Filter,
        page: PageRequest,
    ) -> Result<Page<Entry>, Fault> {
        let Some(wanted) = Wanted::of(filter) else { return Ok(Page { data: Vec::new(), next: None }) };
        let mut connection = self.connection(scope).await?;
        let mut query = query.limit(i64::from(page.limit) + 1);
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
        Ok(Page { data: tell(&mut connection, page.data).await?, next: page.next })
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
struct EntryRow {
    id: Uuid,
    at: Time,
    actor_kind: String,
    actor_id: Option<Uuid>,
    actor_session: Option<Uuid>,
    action: String,
    target_kind: String,
    target_id: String,
    scope_kind: String,
    scope_id: Option<Uuid>,
    organization_id: Option<Uuid>,
    refused: Option<String>,
    request_id: String,
    #[diesel(select_expression = sql("audit_entries.public::text"))]
    #[diesel(select_expression_type = SqlLiteral<Text>)]
    public: String,
}

#[derive(Deserialize)]
struct Public {
    key: String,
    before: Value,
    after: Value,
}

impl EntryRow {
    /// Details that are none are told as they stand: who verifies finds that they were never written.
    fn tell(self, personal: Vec<Personal>) -> Entry {
        let public: Vec<Public> = serde_json::from_str(&self.public).unwrap_or_else(|_| {
            vec![Public { key: "unreadable".to_owned(), before: Value::Null, after: Value::String(self.public) }]
        });
        Entry {
            id: self.id.into(),
            at: self.at,
            actor_kind: self.actor_kind,
            actor_id: self.actor_id,
            actor_credential: self.actor_session,
            action: self.action,
            target_kind: self.target_kind,
            target_id: self.target_id,
            scope_kind: self.scope_kind,
            scope_id: self.scope_id,
            organization: self.organization_id.map(Into::into),
            refused: self.refused,
            request_id: self.request_id,
            public: public.into_iter().map(|Public { key, before, after }| Detail { key, before, after }).collect(),
            personal,
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_personal, check_for_backend(Pg))]
struct PersonalRow {
    entry_id: Uuid,
    at: Time,
    subject: Option<Uuid>,
    key: String,
    #[diesel(select_expression = sql("audit_personal.before::text"))]
    #[diesel(select_expression_type = SqlLiteral<Text>)]
    before: String,
    #[diesel(select_expression = sql("audit_personal.after::text"))]
    #[diesel(select_expression_type = SqlLiteral<Text>)]
    after: String,
    salt: Vec<u8>,
    commitment: Option<Vec<u8>>,
}

impl PersonalRow {
    /// Where there is no commitment yet, it is to be made.
    fn tell(self) -> Result<Personal, Fault> {
        let value = |text: String| serde_json::from_str(&text).unwrap_or(Value::String(text));
        let detail = Detail { key: self.key, before: value(self.before), after: value(self.after) };
        let salt = self.salt.try_into().map_err(|_| corrupt("salt"))?;
        let mut personal = Personal::new(self.subject, detail, salt);
        if let Some(bytes) = self.commitment {
            personal.commitment = Hash::from_bytes(&bytes).ok_or_else(|| corrupt("commitment"))?;
        }
        Ok(personal)
    }
}

/// Those of these entries that are there, newest first; each is named with its moment, to find its month by.
pub(crate) async fn entries_of(
    connection: &mut AsyncPgConnection,
    named: &[(Uuid, Time)],
) -> Result<Vec<Entry>, Fault> {
    let (first, last) = span(named.iter().map(|it| it.1));
    let ids: Vec<Uuid> = named.iter().map(|it| it.0).collect();
    let rows: Vec<EntryRow> = audit_entries::table
        .filter(audit_entries::id.eq_any(ids))
        .filter(audit_entries::at.between(first, last))
        .order((audit_entries::at.desc(), audit_entries::id.desc()))
        .select(EntryRow::as_select())
        .load(connection)
        .await
        .map_err(fault)?;
    tell(connection, rows).await
}

/// With what is about people beside what is public.
async fn tell(connection: &mut AsyncPgConnection, rows: Vec<EntryRow>) -> Result<Vec<Entry>, Fault> {
    let (first, last) = span(rows.iter().map(|it| it.at));
    let ids: Vec<Uuid> = rows.iter().map(|it| it.id).collect();
    let said: Vec<PersonalRow> = audit_personal::table
        .filter(audit_personal::entry_id.eq_any(ids))
        .filter(audit_personal::at.between(first, last))
        .order((audit_personal::entry_id, audit_personal::position))
        .select(PersonalRow::as_select())
        .load(connection)
        .await
        .map_err(fault)?;
    let mut personal: HashMap<(Uuid, Time), Vec<Personal>> = HashMap::new();
    for row in said {
        personal.entry((row.entry_id, row.at)).or_default().push(row.tell()?);
    }
    let entries = rows.into_iter().map(|row| {
        let about_people = personal.remove(&(row.id, row.at)).unwrap_or_default();
        row.tell(about_people)
    });
    Ok(entries.collect())
}

/// The first and the last of some moments.
fn span(moments: impl Iterator<Item = Time> + Clone) -> (Time, Time) {
    (moments.clone().min().unwrap_or_default(), moments.max().unwrap_or_default())
}
