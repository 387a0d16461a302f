use std::error::Error;
use std::time::Duration;

use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use kernel::Fault;

use crate::fault::{fault, out_of_reach};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// The lock lives as long as the session. Its number is only ours by convention.
const LOCK: &str = "SELECT pg_try_advisory_lock(7067435827) AS is_ours";
/// How often it is looked whether whoever has the lock is done.
const PAUSE: Duration = Duration::from_millis(250);

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = Bool)]
    is_ours: bool,
}

/// Brings the database to what this program expects; of several programs starting at once one does it and the others
/// wait. Answers what was run.
pub async fn migrate(url: &str) -> Result<Vec<String>, Fault> {
    migrate_by(url, MIGRATIONS).await
}

/// As [`migrate`], by other migrations than this program's own.
pub async fn migrate_by(
    url: &str,
    migrations: impl MigrationSource<Pg> + Send + 'static,
) -> Result<Vec<String>, Fault> {
    let mut connection = AsyncPgConnection::establish(url).await.map_err(out_of_reach)?;
    // Who waits within a statement holds a snapshot, and CONCURRENTLY waits for that to end.
    while !diesel::sql_query(LOCK).get_result::<Locked>(&mut connection).await.map_err(fault)?.is_ours {
        tokio::time::sleep(PAUSE).await;
    }
    // The harness blocks; a worker of a current-thread runtime must not.
    let run = tokio::task::spawn_blocking(move || -> Result<Vec<String>, Box<dyn Error + Send + Sync>> {
        let mut harness = AsyncMigrationHarness::new(connection);
        let ran = harness.run_pending_migrations(migrations)?;
        Ok(ran.iter().map(ToString::to_string).collect())
    });
    run.await.map_err(|error| Fault::Failed(error.into()))?.map_err(Fault::Failed)
}
