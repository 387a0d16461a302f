use std::sync::Arc;

use kernel::{Clock, Fault};
use tokio::sync::Semaphore;
use tracing::warn;
use webhooks::Deliver;
use webhooks::ports::Relay;

/// Makes deliveries of events.
pub async fn relay(relay: Arc<dyn Relay>, clock: Arc<dyn Clock>) -> Result<bool, Fault> {
    Ok(relay.relay(clock.now(), 100).await? > 0)
}

/// Tries what is due, as many at once as there are places: a slow receiver holds one place, not the worker.
pub async fn deliveries(deliver: Deliver, places: Arc<Semaphore>) -> Result<bool, Fault> {
    let free = u16::try_from(places.available_permits()).unwrap_or(u16::MAX).min(20);
    if free == 0 {
        return Ok(false);
    }
    let due = deliver.claim(free).await?;
    let found = !due.is_empty();
    for due in due {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return Ok(false) };
        let deliver = deliver.clone();
        tokio::spawn(async move {
            if let Err(fault) = deliver.attempt(due).await {
                warn!(error = %crate::command::chain(&fault), "a delivery could not be settled and comes again");
            }
            drop(place);
        });
    }
    Ok(found)
}
