use async_trait::async_trait;
use chrono::TimeDelta;
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::RunQueryDsl;
use identity::MailRequest;
use identity::ports::MailRequests;
use kernel::{Fault, Scope, Time};

use crate::fault::fault;
use crate::pool::Database;
use crate::rows::MailRequestRow;

const LEASE: TimeDelta = TimeDelta::minutes(1);

/// `MATERIALIZED`, so that it is run once and locks no more than it claims.
const CLAIM: &str = "
    WITH due AS MATERIALIZED (
        SELECT id FROM mail_requests WHERE due_at <= $1
        ORDER BY asked_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    UPDATE mail_requests SET due_at = $3 FROM due WHERE mail_requests.id = due.id
    RETURNING mail_requests.*";

#[async_trait]
impl MailRequests for Database {
    async fn claim(&self, at: Time, most: u8) -> Result<Vec<MailRequest>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let rows: Vec<MailRequestRow> = diesel::sql_query(CLAIM)
            .bind::<Timestamptz, _>(at)
            .bind::<BigInt, _>(i64::from(most))
            .bind::<Timestamptz, _>(at + LEASE)
            .load(&mut connection)
            .await
            .map_err(fault)?;
        // One that does not read, perhaps of a newer release, holds up no other.
        let read =
            |row| MailRequest::try_from(row).inspect_err(|error| tracing::error!(%error, "a wish for a mail")).ok();
        let mut requests: Vec<MailRequest> = rows.into_iter().filter_map(read).collect();
        requests.sort_by_key(|it| (it.asked_at, it.id));
        Ok(requests)
    }
}
