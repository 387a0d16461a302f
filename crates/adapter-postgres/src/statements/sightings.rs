use async_trait::async_trait;
use diesel::sql_types::{Array, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use identity::ports::{Sighting, Sightings};
use kernel::{Fault, Id, Scope, Time};
use uuid::Uuid;

use crate::fault::fault;
use crate::store::PgStore;

/// One statement, in the order of the sessions, so that nodes who write at once don't wait in a circle. A session that is
/// just being removed is as none.
const KEEP: &str = "
    INSERT INTO session_sightings AS known (session_id, at, address)
    SELECT s.id, seen.at, seen.address
    FROM (
        SELECT DISTINCT ON (session) session, at, address
        FROM unnest($1, $2, $3) AS given (session, at, address) ORDER BY session, at DESC
    ) seen
    JOIN sessions s ON s.id = seen.session
    ORDER BY s.id FOR KEY SHARE OF s SKIP LOCKED
    ON CONFLICT (session_id) DO UPDATE SET at = excluded.at, address = excluded.address
    WHERE known.at < excluded.at";

#[async_trait]
impl Sightings for PgStore {
    async fn keep(&self, seen: Vec<Sighting>) -> Result<(), Fault> {
        let sessions: Vec<Uuid> = seen.iter().map(|it| it.session.uuid()).collect();
        let moments: Vec<Time> = seen.iter().map(|it| it.at).collect();
        let addresses: Vec<Option<String>> = seen.iter().map(|it| it.address.map(|it| it.to_string())).collect();
        let mut connection = self.database.connection(Scope::Installation).await?;
        diesel::sql_query(KEEP)
            .bind::<Array<SqlUuid>, _>(sessions)
            .bind::<Array<Timestamptz>, _>(moments)
            .bind::<Array<Nullable<Text>>, _>(addresses)
            .execute(&mut connection)
            .await
            .map_err(fault)?;
        Ok(())
    }
}
