use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use identity::Passkey;
use identity::ports::Passkeys;
use kernel::{Fault, Id, Scope, UserId};

use crate::fault::fault;
use crate::pool::Database;
use crate::refusal::Refusal;
use crate::rows::PasskeyRow;
use crate::schema::passkeys;

#[async_trait]
impl Passkeys for Database {
    async fn by_credential(&self, credential: &[u8]) -> Result<Option<Passkey>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let row = passkeys::table
            .filter(passkeys::credential.eq(credential))
            .select(PasskeyRow::as_select())
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn of(&self, user: UserId) -> Result<Vec<Passkey>, Fault> {
        let mut connection = self.connection(Scope::User(user)).await?;
        Ok(passkeys_of(&mut connection, user).await?)
    }
}

pub(super) async fn passkeys_of(connection: &mut AsyncPgConnection, user: UserId) -> Result<Vec<Passkey>, Refusal> {
    let rows: Vec<PasskeyRow> = passkeys::table
        .filter(passkeys::user_id.eq(user.uuid()))
        .order((passkeys::created_at, passkeys::id))
        .select(PasskeyRow::as_select())
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, Fault>>()?)
}
