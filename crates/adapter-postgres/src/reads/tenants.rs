use accounts::views::{TenantRow, Tenants};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use kernel::{Fault, Id, OrganizationId, Page, PageRequest, Scope, Time};
use uuid::Uuid;

use super::people::prefix;
use crate::fault::fault;
use crate::keyset::Keyset;
use crate::pool::Database;

const LIST: &str = "
    SELECT o.id, o.name, o.slug, o.created_at, o.deleted_at,
        (SELECT count(*) FROM members m WHERE m.organization_id = o.id) AS members
    FROM organizations o
    WHERE ($1 IS NULL OR o.id = $2 OR o.slug LIKE $1)
        AND ($3 IS NULL OR (o.created_at, o.id) < ($3, $4))
    ORDER BY o.created_at DESC, o.id DESC LIMIT $5";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: Time,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    deleted_at: Option<Time>,
    #[diesel(sql_type = BigInt)]
    members: i64,
}

impl From<Row> for TenantRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            name: row.name,
            slug: row.slug,
            members: row.members,
            created_at: row.created_at,
            deleted_at: row.deleted_at,
        }
    }
}

#[async_trait]
impl Tenants for Database {
    async fn list(&self, search: Option<String>, page: PageRequest) -> Result<Page<TenantRow>, Fault> {
        if search.as_ref().is_some_and(|it| it.contains('\0')) {
            // The database holds no such text.
            return Ok(Page { data: Vec::new(), next: None });
        }
        let last = page.after.as_ref().and_then(Keyset::read);
        let mut connection = self.connection(Scope::Installation).await?;
        let rows: Vec<Row> = diesel::sql_query(LIST)
            .bind::<Nullable<Text>, _>(search.as_deref().map(prefix))
            .bind::<Nullable<SqlUuid>, _>(search.and_then(|it| it.parse::<OrganizationId>().ok()).map(Id::uuid))
            .bind::<Nullable<Timestamptz>, _>(last.map(|it| it.at))
            .bind::<Nullable<SqlUuid>, _>(last.map(|it| it.id))
            .bind::<BigInt, _>(i64::from(page.limit) + 1)
            .load(&mut connection)
            .await
            .map_err(fault)?;
        let page = Page::from_one_more(rows, page.limit, |it| Keyset { at: it.created_at, id: it.id }.cursor());
        Ok(Page { data: page.data.into_iter().map(TenantRow::from).collect(), next: page.next })
    }
}
