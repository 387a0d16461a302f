use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use identity::Session;
use identity::ports::Sessions;
use kernel::{Fault, Id, Scope, SessionId, Time};
use uuid::Uuid;

use crate::fault::fault;
use crate::pool::Database;
use crate::rows::SessionRow;
use crate::schema::sessions;

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
