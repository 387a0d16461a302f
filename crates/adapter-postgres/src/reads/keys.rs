use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use identity::ports::Keys;
use identity::{Key, KeyOwner, UserStatus};
use kernel::{Fault, Id, KeyId, Page, PageRequest, Scope, Time, TokenHash};

use crate::fault::fault;
use crate::keyset::Keyset;
use crate::pool::Database;
use crate::rows::KeyRow;
use crate::schema::{key_sightings, keys, organizations, users};

#[async_trait]
impl Keys for Database {
    async fn by_hash(&self, hash: &TokenHash) -> Result<Option<Key>, Fault> {
        let hash = hash.as_bytes().as_slice();
        let mut connection = self.connection(Scope::Installation).await?;
        let row = keys::table
            .inner_join(users::table.on(users::id.eq(keys::maker_id)))
            .left_join(organizations::table.on(organizations::id.nullable().eq(keys::organization_id)))
            .filter(keys::hash.eq(hash).or(keys::previous_hash.eq(hash)))
            .filter(users::status.eq(UserStatus::Active.as_str()))
            .filter(organizations::deleted_at.is_null())
            .select(KeyRow::as_select())
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn by_id(&self, id: KeyId) -> Result<Option<Key>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let row = keys::table
            .find(id.uuid())
            .select(KeyRow::as_select())
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn of(&self, owner: KeyOwner, page: PageRequest) -> Result<Page<(Key, Option<Time>)>, Fault> {
        let all = keys::table
            .left_join(key_sightings::table)
            .order((keys::created_at.desc(), keys::id.desc()))
            .limit(i64::from(page.limit) + 1)
            .select((KeyRow::as_select(), key_sightings::at.nullable()))
            .into_boxed();
        let (scope, mut query) = match owner {
            KeyOwner::Organization(id) => (Scope::Organization(id), all.filter(keys::organization_id.eq(id.uuid()))),
            KeyOwner::User(id) => (Scope::User(id), all.filter(keys::user_id.eq(id.uuid()))),
        };
        if let Some(last) = page.after.as_ref().and_then(Keyset::read) {
            query = query
                .filter(keys::created_at.le(last.at))
                .filter(keys::created_at.lt(last.at).or(keys::id.lt(last.id)));
        }
        let mut connection = self.connection(scope).await?;
        let rows: Vec<(KeyRow, Option<Time>)> = query.load(&mut connection).await.map_err(fault)?;
        let keys = rows.into_iter().map(|(row, used)| Ok((row.try_into()?, used)));
        let keys: Vec<(Key, Option<Time>)> = keys.collect::<Result<_, Fault>>()?;
        let cursor = |(key, _): &(Key, _)| Keyset { at: key.created_at, id: key.id.uuid() }.cursor();
        Ok(Page::from_one_more(keys, page.limit, cursor))
    }
}
