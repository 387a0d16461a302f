use accounts::views::{People, PeopleFilter, PersonRow};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use identity::{Lockout, UserStatus};
use kernel::{Fault, Id, Page, PageRequest, Scope, Time, UserId};
use uuid::Uuid;

use crate::fault::fault;
use crate::keyset::Keyset;
use crate::pool::Database;

const LIST: &str = "
    SELECT u.id, u.email, u.username, u.name, u.verified_at IS NOT NULL AS is_verified, u.status,
        u.administrator AS is_administrator, u.created_at, f.failures, coalesce(f.locked_at, f.last_at) AS failed_at,
        (SELECT max(coalesce(g.at, s.created_at))
            FROM sessions s LEFT JOIN session_sightings g ON g.session_id = s.id
            WHERE s.user_id = u.id) AS last_seen_at
    FROM users u LEFT JOIN login_failures f ON f.email_key = u.email_key
    WHERE u.status <> 'erased'
        AND ($7 IS NULL OR u.id = $7)
        AND ($1 IS NULL OR u.id = $2 OR u.email_key LIKE $1 OR split_part(u.email_key, '@', 2) LIKE $1
            OR u.username_key LIKE $1)
        AND ($3 IS NULL OR u.status = $3)
        AND ($4 IS NULL OR (u.created_at, u.id) < ($4, $5))
    ORDER BY u.created_at DESC, u.id DESC LIMIT $6";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    email: String,
    #[diesel(sql_type = Text)]
    username: String,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Bool)]
    is_verified: bool,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Bool)]
    is_administrator: bool,
    #[diesel(sql_type = Timestamptz)]
    created_at: Time,
    #[diesel(sql_type = Nullable<Integer>)]
    failures: Option<i32>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    failed_at: Option<Time>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_seen_at: Option<Time>,
}

#[async_trait]
impl People for Database {
    async fn list(
        &self,
        PeopleFilter { id, search, status }: PeopleFilter,
        lockout: Lockout,
        at: Time,
        page: PageRequest,
    ) -> Result<Page<PersonRow>, Fault> {
        if search.as_ref().is_some_and(|it| it.contains('\0')) {
            // The database holds no such text.
            return Ok(Page { data: Vec::new(), next: None });
        }
        let last = page.after.as_ref().and_then(Keyset::read);
        let mut connection = self.connection(Scope::Installation).await?;
        let rows: Vec<Row> = diesel::sql_query(LIST)
            .bind::<Nullable<Text>, _>(search.as_deref().map(prefix))
            .bind::<Nullable<SqlUuid>, _>(search.and_then(|it| it.parse::<UserId>().ok()).map(Id::uuid))
            .bind::<Nullable<Text>, _>(status.map(UserStatus::as_str))
            .bind::<Nullable<Timestamptz>, _>(last.map(|it| it.at))
            .bind::<Nullable<SqlUuid>, _>(last.map(|it| it.id))
            .bind::<BigInt, _>(i64::from(page.limit) + 1)
            .bind::<Nullable<SqlUuid>, _>(id.map(Id::uuid))
            .load(&mut connection)
            .await
            .map_err(fault)?;
        let page = Page::from_one_more(rows, page.limit, |it| Keyset { at: it.created_at, id: it.id }.cursor());
        Ok(Page { data: page.data.into_iter().map(|it| it.tell(lockout, at)).collect(), next: page.next })
    }
}

impl Row {
    fn tell(self, lockout: Lockout, at: Time) -> PersonRow {
        let too_many = self.failures.is_some_and(|it| it.unsigned_abs() >= lockout.threshold);
        let released = lockout.release_after.zip(self.failed_at).is_some_and(|(after, since)| since + after <= at);
        PersonRow {
            id: self.id.into(),
            email: self.email,
            username: self.username,
            name: self.name,
            is_verified: self.is_verified,
            status: self.status,
            is_locked: too_many && !released,
            is_administrator: self.is_administrator,
            created_at: self.created_at,
            last_seen_at: self.last_seen_at,
        }
    }
}

/// What begins with the text, for `LIKE`.
pub(super) fn prefix(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 1);
    for c in text.trim().to_ascii_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "%"
}

#[cfg(test)]
mod tests {
    use super::prefix;

    #[test]
    fn what_is_searched_for_means_nothing_but_itself() {
        assert_eq!(prefix(r" John_50%\ "), r"john\_50\%\\%");
        assert_eq!(prefix(""), "%");
    }
}
