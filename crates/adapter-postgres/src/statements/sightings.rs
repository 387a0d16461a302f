use async_trait::async_trait;
use diesel::sql_types::{Array, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use identity::ports::{Sighting, Sightings, Used};
use kernel::{Fault, Id, Scope, Time};
use uuid::Uuid;

use crate::fault::fault;
use crate::store::PgStore;

/// One statement, in the order of the sessions, so that nodes who write at once don't wait in a circle. A session that is
/// just being removed is as none.
const KEEP_SESSIONS: &str = "
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

/// The same of keys. From where they were used is told to nobody, and not kept.
const KEEP_KEYS: &str = "
    INSERT INTO key_sightings AS known (key_id, at)
    SELECT k.id, seen.at
    FROM (SELECT key, max(at) AS at FROM unnest($1, $2) AS given (key, at) GROUP BY key) seen
    JOIN keys k ON k.id = seen.key
    ORDER BY k.id FOR KEY SHARE OF k SKIP LOCKED
    ON CONFLICT (key_id) DO UPDATE SET at = excluded.at
    WHERE known.at < excluded.at";

#[async_trait]
impl Sightings for PgStore {
    async fn keep(&self, seen: Vec<Sighting>) -> Result<(), Fault> {
        let (mut sessions, mut session_moments, mut addresses) = (Vec::new(), Vec::new(), Vec::new());
        let (mut keys, mut key_moments) = (Vec::<Uuid>::new(), Vec::<Time>::new());
        for Sighting { of, at, address } in seen {
            match of {
                Used::Session(session) => {
                    sessions.push(session.uuid());
                    session_moments.push(at);
                    addresses.push(address.map(|it| it.to_string()));
                }
                Used::Key(key) => {
                    keys.push(key.uuid());
                    key_moments.push(at);
                }
            }
        }
        let mut connection = self.database.connection(Scope::Installation).await?;
        if !sessions.is_empty() {
            diesel::sql_query(KEEP_SESSIONS)
                .bind::<Array<SqlUuid>, _>(sessions)
                .bind::<Array<Timestamptz>, _>(session_moments)
                .bind::<Array<Nullable<Text>>, _>(addresses)
                .execute(&mut connection)
                .await
                .map_err(fault)?;
        }
        if !keys.is_empty() {
            diesel::sql_query(KEEP_KEYS)
                .bind::<Array<SqlUuid>, _>(keys)
                .bind::<Array<Timestamptz>, _>(key_moments)
                .execute(&mut connection)
                .await
                .map_err(fault)?;
        }
        Ok(())
    }
}
