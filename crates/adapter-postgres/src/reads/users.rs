use async_trait::async_trait;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use identity::ports::Users;
use identity::{User, UserStatus};
use kernel::{EmailAddress, Fault, Id, Scope, Time, UserId};

use crate::fault::fault;
use crate::pool::Database;
use crate::rows::UserRow;
use crate::schema::users;

#[async_trait]
impl Users for Database {
    async fn by_email(&self, email: &EmailAddress) -> Result<Option<User>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let row = users::table
            .filter(users::email_key.eq(email.key()))
            .select(UserRow::as_select())
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn by_id(&self, id: UserId) -> Result<Option<User>, Fault> {
        let mut connection = self.connection(Scope::User(id)).await?;
        let row = users::table
            .find(id.uuid())
            .select(UserRow::as_select())
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn has_administrator(&self, besides: Option<UserId>) -> Result<bool, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let acting = users::table
            .filter(users::administrator)
            .filter(users::status.eq(UserStatus::Active.as_str()))
            .filter(users::id.ne_all(besides.map(Id::uuid)));
        diesel::select(exists(acting)).get_result(&mut connection).await.map_err(fault)
    }

    async fn to_erase(&self, before: Time, most: u8) -> Result<Vec<User>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let rows: Vec<UserRow> = users::table
            .filter(users::status.ne(UserStatus::Erased.as_str()))
            .filter(users::deleted_at.le(before))
            .order((users::deleted_at, users::id))
            .limit(most.into())
            .select(UserRow::as_select())
            .load(&mut connection)
            .await
            .map_err(fault)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
