use async_trait::async_trait;
use chrono::TimeDelta;
use diesel::sql_types::{Integer, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use identity::ports::MailAllowances;
use kernel::{Fault, Scope, Time};

use crate::fault::fault;
use crate::store::PgStore;

/// One statement: of all who ask at once each waits for the one before it. An hour that began at $5 or earlier is over.
const SPEND: &str = "
    INSERT INTO mail_allowances AS a (whom, what, began_at, spent) VALUES ($1, $2, $4, 1)
    ON CONFLICT (whom, what) DO UPDATE SET
        began_at = CASE WHEN a.began_at <= $5 THEN $4 ELSE a.began_at END,
        spent = CASE WHEN a.began_at <= $5 THEN 1 ELSE a.spent + 1 END
    WHERE a.spent < $3 OR a.began_at <= $5";

#[async_trait]
impl MailAllowances for PgStore {
    async fn spend(&self, what: &'static str, whom: &str, most: u32, at: Time) -> Result<bool, Fault> {
        if most == 0 {
            return Ok(false);
        }
        let mut connection = self.database.connection(Scope::Installation).await?;
        let spent = diesel::sql_query(SPEND)
            .bind::<Text, _>(whom)
            .bind::<Text, _>(what)
            .bind::<Integer, _>(i32::try_from(most).unwrap_or(i32::MAX))
            .bind::<Timestamptz, _>(at)
            .bind::<Timestamptz, _>(at - TimeDelta::hours(1))
            .execute(&mut connection)
            .await
            .map_err(fault)?;
        Ok(spent == 1)
    }
}
