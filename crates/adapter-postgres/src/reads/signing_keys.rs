use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use identity::SigningKey;
use identity::ports::SigningKeys;
use kernel::{Fault, Scope, Time};

use crate::fault::fault;
use crate::rows::SigningKeyRow;
use crate::schema::signing_keys;
use crate::store::PgStore;

#[async_trait]
impl SigningKeys for PgStore {
    async fn counting(&self, at: Time) -> Result<Vec<SigningKey>, Fault> {
        let mut connection = self.database.connection(Scope::Installation).await?;
        let rows: Vec<SigningKeyRow> = signing_keys::table
            .filter(signing_keys::retires_at.is_null().or(signing_keys::retires_at.gt(at)))
            .order((signing_keys::created_at, signing_keys::id))
            .select(SigningKeyRow::as_select())
            .load(&mut connection)
            .await
            .map_err(fault)?;
        rows.into_iter().map(|row| row.open(self.sealer.as_ref())).collect()
    }
}
