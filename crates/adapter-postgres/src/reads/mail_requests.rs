use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use identity::MailRequest;
use identity::ports::MailRequests;
use kernel::{Fault, Scope};

use crate::fault::fault;
use crate::pool::Database;
use crate::rows::MailRequestRow;
use crate::schema::mail_requests;

#[async_trait]
impl MailRequests for Database {
    async fn waiting(&self, most: u8) -> Result<Vec<MailRequest>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let rows: Vec<MailRequestRow> = mail_requests::table
            .order((mail_requests::asked_at, mail_requests::id))
            .limit(most.into())
            .select(MailRequestRow::as_select())
            .load(&mut connection)
            .await
            .map_err(fault)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
