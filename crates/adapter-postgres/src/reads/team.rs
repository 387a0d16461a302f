use accounts::views::{Team, TeamRow};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kernel::{Fault, Id, OrganizationId, Page, PageRequest, Scope, Time};
use uuid::Uuid;

use crate::fault::fault;
use crate::keyset::Keyset;
use crate::pool::Database;
use crate::schema::{members, users};

#[async_trait]
impl Team for Database {
    async fn list(&self, organization: OrganizationId, page: PageRequest) -> Result<Page<TeamRow>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let mut query = members::table
            .inner_join(users::table)
            .filter(members::organization_id.eq(organization.uuid()))
            .filter(users::deleted_at.is_null())
            .select((users::id, users::email, users::username, members::role, members::status, members::joined_at))
            .order((members::joined_at, members::user_id))
            .limit(i64::from(page.limit) + 1)
            .into_boxed();
        if let Some(last) = page.after.as_ref().and_then(Keyset::read) {
            query = query
                .filter(members::joined_at.ge(last.at))
                .filter(members::joined_at.gt(last.at).or(members::user_id.gt(last.id)));
        }
        let rows: Vec<(Uuid, String, String, String, String, Time)> =
            query.load(&mut connection).await.map_err(fault)?;
        let rows = rows.into_iter().map(|(id, email, username, role, status, joined_at)| TeamRow {
            id: id.into(),
            email,
            username,
            role,
            status,
            joined_at,
        });
        Ok(Page::from_one_more(rows.collect(), page.limit, |it| Keyset { at: it.joined_at, id: it.id.uuid() }.cursor()))
    }
}
