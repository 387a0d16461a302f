use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use identity::User;
use identity::ports::Users;
use kernel::{EmailAddress, Fault, Id, Scope, UserId};

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
}
