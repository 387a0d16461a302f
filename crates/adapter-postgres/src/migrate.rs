use std::error::Error;

use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use kernel::Fault;

use crate::fault::{fault, out_of_reach};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// Brings the database to what this program expects; of several programs starting at once one does it and the others
/// wait. Answers what was run.
pub async fn migrate(url: &str) -> Result<Vec<String>, Fault> {
    let mut connection = AsyncPgConnection::establish(url).await.map_err(out_of_reach)?;
    // The lock lives as long as the session, which ends with this function. Its number is only ours by convention.
    connection.batch_execute("SELECT pg_advisory_lock(7067435827)").await.map_err(fault)?;
    // The harness blocks; a worker of a current-thread runtime must not.
    let run = tokio::task::spawn_blocking(move || -> Result<Vec<String>, Box<dyn Error + Send + Sync>> {
        let mut harness = AsyncMigrationHarness::new(connection);
        let ran = harness.run_pending_migrations(MIGRATIONS)?;
        Ok(ran.iter().map(ToString::to_string).collect())
    });
    run.await.map_err(|error| Fault::Failed(error.into()))?.map_err(Fault::Failed)
}
