use std::sync::Arc;

use accounts::{EraseAccounts, EraseOrganizations, Error};
use kernel::{Act, Fault, Ids};

use super::Hourly;

/// Erases the accounts whose time to be recovered is over.
pub async fn erasure(accounts: Arc<EraseAccounts>, ids: Arc<dyn Ids>, hourly: Hourly) -> Result<bool, Fault> {
    hourly
        .run(async |now| {
            while accounts.run(&Act::of_system(now, Arc::clone(&ids))).await.map_err(fault)? {}
            Ok(())
        })
        .await
}

/// Erases the deleted organizations whose time to be restored is over.
pub async fn clearance(
    organizations: Arc<EraseOrganizations>,
    ids: Arc<dyn Ids>,
    hourly: Hourly,
) -> Result<bool, Fault> {
    hourly
        .run(async |now| {
            while organizations.run(&Act::of_system(now, Arc::clone(&ids))).await.map_err(fault)? {}
            Ok(())
        })
        .await
}

fn fault(error: Error) -> Fault {
    match error {
        Error::Fault(fault) => fault,
        other => Fault::Failed(other.into()),
    }
}
