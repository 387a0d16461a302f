use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use kernel::{Clock, Fault, OrganizationId};
use tokio::sync::Semaphore;
use tracing::warn;
use webhooks::Deliver;
use webhooks::ports::Relay;

/// What is claimed at a time, and from how many tries at once on an organization waits for its own receivers.
const SHARE: u16 = 8;

/// Makes deliveries of events.
pub async fn relay(relay: Arc<dyn Relay>, clock: Arc<dyn Clock>) -> Result<bool, Fault> {
    Ok(relay.relay(clock.now(), 100).await? > 0)
}

/// How many tries are under way for each organization.
#[derive(Clone, Default)]
pub struct UnderWay(Arc<Mutex<HashMap<OrganizationId, u16>>>);

impl UnderWay {
    fn busy(&self) -> Vec<OrganizationId> {
        let tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tries.iter().filter(|(_, count)| **count >= SHARE).map(|(organization, _)| *organization).collect()
    }

    fn begin(&self, organization: OrganizationId) -> Try {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(organization).or_default() += 1;
        Try { all: self.clone(), organization }
    }
}

/// One of them, until it is dropped.
struct Try {
    all: UnderWay,
    organization: OrganizationId,
}

impl Drop for Try {
    fn drop(&mut self) {
        let mut tries = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = tries.get_mut(&self.organization) {
            *count -= 1;
            if *count == 0 {
                tries.remove(&self.organization);
            }
        }
    }
}

/// Tries what is due, as many at once as there are places: a slow receiver holds one place, not the worker, and the slow
/// receivers of one organization hold some of them, not all.
pub async fn deliveries(deliver: Deliver, places: Arc<Semaphore>, under_way: UnderWay) -> Result<bool, Fault> {
    let free = u16::try_from(places.available_permits()).unwrap_or(u16::MAX).min(SHARE);
    if free == 0 {
        return Ok(false);
    }
    let due = deliver.claim(free, &under_way.busy()).await?;
    let found = !due.is_empty();
    for due in due {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return Ok(false) };
        let (deliver, one) = (deliver.clone(), under_way.begin(due.organization));
        tokio::spawn(async move {
            if let Err(fault) = deliver.attempt(due).await {
                warn!(error = %crate::command::chain(&fault), "a delivery could not be settled and comes again");
            }
            drop((one, place));
        });
    }
    Ok(found)
}
