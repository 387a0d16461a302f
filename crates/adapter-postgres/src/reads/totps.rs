use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use identity::Totp;
use identity::ports::Totps;
use kernel::{Fault, Id, Scope, UserId};

use crate::fault::fault;
use crate::rows::TotpRow;
use crate::schema::totps;
use crate::store::PgStore;

#[async_trait]
impl Totps for PgStore {
    async fn of(&self, user: UserId) -> Result<Option<Totp>, Fault> {
        let mut connection = self.database.connection(Scope::User(user)).await?;
        let row = totps::table
            .find(user.uuid())
            .select(TotpRow::as_select())
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        row.map(|it| it.open(self.sealer.as_ref())).transpose()
    }
}
