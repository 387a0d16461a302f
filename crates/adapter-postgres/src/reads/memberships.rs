use accounts::views::{MembershipRow, Memberships};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kernel::{Fault, Id, Page, PageRequest, Scope, Time, UserId};
use uuid::Uuid;

use crate::fault::fault;
use crate::keyset::Keyset;
use crate::pool::Database;
use crate::schema::{members, organizations};

#[async_trait]
impl Memberships for Database {
    async fn of(&self, user: UserId, page: PageRequest) -> Result<Page<MembershipRow>, Fault> {
        let mut connection = self.connection(Scope::User(user)).await?;
        let mut query = members::table
            .inner_join(organizations::table)
            .filter(members::user_id.eq(user.uuid()))
            .filter(organizations::deleted_at.is_null())
            .select(COLUMNS)
            .order((members::joined_at, members::organization_id))
            .limit(i64::from(page.limit) + 1)
            .into_boxed();
        if let Some(last) = page.after.as_ref().and_then(Keyset::read) {
            query = query
                .filter(members::joined_at.ge(last.at))
                .filter(members::joined_at.gt(last.at).or(members::organization_id.gt(last.id)));
        }
        let rows: Vec<Row> = query.load(&mut connection).await.map_err(fault)?;
        let page =
            Page::from_one_more(rows, page.limit, |it| Keyset { at: it.joined_at, id: it.organization }.cursor());
        Ok(Page { data: page.data.into_iter().map(Into::into).collect(), next: page.next })
    }
}

pub(super) const COLUMNS: (
    members::joined_at,
    organizations::id,
    organizations::name,
    organizations::slug,
    members::role,
    members::status,
) = (members::joined_at, organizations::id, organizations::name, organizations::slug, members::role, members::status);

#[derive(Queryable)]
pub(super) struct Row {
    joined_at: Time,
    organization: Uuid,
    name: String,
    slug: String,
    role: String,
    status: String,
}

impl From<Row> for MembershipRow {
    fn from(row: Row) -> Self {
        Self {
            organization: row.organization.into(),
            name: row.name,
            slug: row.slug,
            role: row.role,
            status: row.status,
        }
    }
}
