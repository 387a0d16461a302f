use std::sync::Arc;

use entitlements::{Error, MoveSubscriptions};
use kernel::{Act, Clock, Fault, Ids};

/// Moves the subscriptions that are due.
pub async fn subscriptions(
    moving: Arc<MoveSubscriptions>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
) -> Result<bool, Fault> {
    moving.run(&Act::of_system(clock.now(), ids)).await.map_err(|error| match error {
        Error::Fault(fault) => fault,
        other => Fault::Failed(other.into()),
    })
}
