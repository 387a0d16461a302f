use async_trait::async_trait;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use identity::Lockout;
use identity::ports::{Admission, Attempts, Guessed};
use kernel::{Fault, Scope, Time};

use crate::fault::fault;
use crate::store::PgStore;

/// One statement, about whatever has this key: of all who come at once each waits for the one before it and counts on. None is counted while it is
/// locked: when the threshold ($2) is reached, and the lock did not begin at $4 or earlier. A threshold that was lowered
/// since locks from the last attempt on.
const BEGIN: &str = "
    INSERT INTO login_failures AS f (email_key, failures, locked_at, last_at)
    VALUES ($1, 1, CASE WHEN $2 <= 1 THEN $3 END, $3)
    ON CONFLICT (email_key) DO UPDATE SET (failures, locked_at, last_at) = (
        SELECT number, CASE WHEN number >= $2 THEN $3 END, $3
        FROM (SELECT CASE WHEN f.failures < $2 THEN f.failures + 1 ELSE 1 END) counted (number)
    )
    WHERE f.failures < $2 OR coalesce(f.locked_at, f.last_at) <= $4
    RETURNING failures";

const WITHDRAW: &str =
    "UPDATE login_failures SET failures = failures - 1, locked_at = NULL WHERE email_key = $1 AND failures > 0";

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Integer)]
    failures: i32,
}

#[async_trait]
impl Attempts for PgStore {
    async fn begin(&self, guessed: &Guessed, lockout: Lockout, at: Time) -> Result<Admission, Fault> {
        let mut connection = self.database.connection(Scope::Installation).await?;
        let counted: Option<Counted> = diesel::sql_query(BEGIN)
            .bind::<Text, _>(guessed.key())
            .bind::<Integer, _>(i32::try_from(lockout.threshold).unwrap_or(i32::MAX))
            .bind::<Timestamptz, _>(at)
            .bind::<Nullable<Timestamptz>, _>(lockout.release_after.map(|it: TimeDelta| at - it))
            .get_result(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        Ok(counted.map_or(Admission::Locked, |it| Admission::Counted(it.failures.unsigned_abs())))
    }

    async fn withdraw(&self, guessed: &Guessed) -> Result<(), Fault> {
        let mut connection = self.database.connection(Scope::Installation).await?;
        diesel::sql_query(WITHDRAW).bind::<Text, _>(guessed.key()).execute(&mut connection).await.map_err(fault)?;
        Ok(())
    }
}
