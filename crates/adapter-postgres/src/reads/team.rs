use accounts::views::{Team, TeamRow};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kernel::{Fault, Id, OrganizationId, Page, PageRequest, Scope, Time, UserId};
use uuid::Uuid;

use crate::fault::fault;
use crate::keyset::Keyset;
use crate::pool::Database;
use crate::schema::{members, users};

#[async_trait]
impl Team for Database {
    async fn list(&self, organization: OrganizationId, page: PageRequest) -> Result<Page<TeamRow>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let mut query = of(organization)
            .order((members::joined_at, members::user_id))
            .limit(i64::from(page.limit) + 1)
            .into_boxed();
        if let Some(last) = page.after.as_ref().and_then(Keyset::read) {
            query = query
                .filter(members::joined_at.ge(last.at))
                .filter(members::joined_at.gt(last.at).or(members::user_id.gt(last.id)));
        }
        let rows: Vec<Row> = query.load(&mut connection).await.map_err(fault)?;
        let rows = rows.into_iter().map(TeamRow::from);
        Ok(Page::from_one_more(rows.collect(), page.limit, |it| Keyset { at: it.joined_at, id: it.id.uuid() }.cursor()))
    }
    async fn among(&self, organization: OrganizationId, users: &[UserId]) -> Result<Vec<TeamRow>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let users: Vec<Uuid> = users.iter().map(|it| it.uuid()).collect();
        let rows: Vec<Row> = of(organization)
            .filter(members::user_id.eq_any(users))
            .order((members::joined_at, members::user_id))
            .load(&mut connection)
            .await
            .map_err(fault)?;
        Ok(rows.into_iter().map(TeamRow::from).collect())
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn of(organization: OrganizationId) -> _ {
    let organization: Uuid = organization.uuid();
    members::table
        .inner_join(users::table)
        .filter(members::organization_id.eq(organization))
        .filter(users::deleted_at.is_null())
        .select((users::id, users::email, users::username, members::role, members::status, members::joined_at))
}

#[derive(Queryable)]
struct Row {
    id: Uuid,
    email: String,
    username: String,
    role: String,
    status: String,
    joined_at: Time,
}

impl From<Row> for TeamRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            email: row.email,
            username: row.username,
            role: row.role,
            status: row.status,
            joined_at: row.joined_at,
        }
    }
}
