use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use identity::ports::{SeenSession, Sessions};
use identity::{Rotation, Session, Worth};
use kernel::{Fault, Id, Page, PageRequest, Scope, SessionId, Time, TokenHash, UserId};
use uuid::Uuid;

use crate::fault::fault;
use crate::keyset::Keyset;
use crate::pool::Database;
use crate::rows::{SeenSessionRow, SessionRow};
use crate::schema::{refresh_tokens, session_sightings, sessions};

#[async_trait]
impl Sessions for Database {
    async fn by_id(&self, id: SessionId) -> Result<Option<Session>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let row = sessions::table
            .find(id.uuid())
            .select(SessionRow::as_select())
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn by_refresh_token(&self, token: &TokenHash, at: Time) -> Result<Option<(Session, Worth)>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let next = diesel::alias!(refresh_tokens as next);
        let row: Option<(SessionRow, Time, Option<Time>, Option<Time>)> = refresh_tokens::table
            .inner_join(sessions::table)
            .left_join(next.on(next.field(refresh_tokens::hash).nullable().eq(refresh_tokens::successor)))
            .filter(refresh_tokens::hash.eq(token.as_bytes().as_slice()))
            .select((
                SessionRow::as_select(),
                refresh_tokens::expires_at,
                refresh_tokens::rotated_at,
                next.field(refresh_tokens::rotated_at).nullable(),
            ))
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        let Some((session, expires_at, used_at, successor_used_at)) = row else { return Ok(None) };
        let worth = match used_at {
            _ if expires_at <= at => Worth::Nothing,
            None => Worth::Good,
            Some(used_at) if at - used_at <= Rotation::GRACE && successor_used_at.is_none() => Worth::JustUsed,
            Some(_) => Worth::Nothing,
        };
        Ok(Some((session.try_into()?, worth)))
    }

    async fn beyond(&self, user: UserId, keep: u32, at: Time) -> Result<Vec<Session>, Fault> {
        let mut connection = self.connection(Scope::User(user)).await?;
        let rows: Vec<SessionRow> = sessions::table
            .filter(living(user, at))
            .order((sessions::created_at.desc(), sessions::id.desc()))
            .offset(keep.into())
            .select(SessionRow::as_select())
            .load(&mut connection)
            .await
            .map_err(fault)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn living(&self, user: UserId, at: Time, page: PageRequest) -> Result<Page<SeenSession>, Fault> {
        let mut connection = self.connection(Scope::User(user)).await?;
        let mut query = sessions::table
            .left_join(session_sightings::table)
            .filter(living(user, at))
            .order((sessions::created_at.desc(), sessions::id.desc()))
            .limit(i64::from(page.limit) + 1)
            .select((SessionRow::as_select(), (session_sightings::at, session_sightings::address).nullable()))
            .into_boxed();
        if let Some(last) = page.after.as_ref().and_then(Keyset::read) {
            query = query
                .filter(sessions::created_at.le(last.at))
                .filter(sessions::created_at.lt(last.at).or(sessions::id.lt(last.id)));
        }
        let rows: Vec<SeenSessionRow> = query.load(&mut connection).await.map_err(fault)?;
        let seen: Vec<SeenSession> = rows.into_iter().map(TryInto::try_into).collect::<Result<_, Fault>>()?;
        let cursor = |it: &SeenSession| Keyset { at: it.session.created_at, id: it.session.id.uuid() }.cursor();
        Ok(Page::from_one_more(seen, page.limit, cursor))
    }

    async fn ended(&self, at: Time) -> Result<Vec<(SessionId, Time)>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let rows: Vec<(Uuid, Time)> = sessions::table
            .filter(sessions::silent_after.gt(at))
            .select((sessions::id, sessions::silent_after.assume_not_null()))
            .load(&mut connection)
            .await
            .map_err(fault)?;
        Ok(rows.into_iter().map(|(id, until)| (id.into(), until)).collect())
    }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn living(user: UserId, at: Time) -> _ {
    let user: Uuid = user.uuid();
    sessions::user_id.eq(user).and(sessions::ended_at.is_null()).and(sessions::expires_at.gt(at))
}
