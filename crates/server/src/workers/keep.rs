use std::sync::Arc;

use audit::Keep;
use kernel::{Act, Fault, Ids};

use super::Hourly;

/// Opens months of the audit log, and drops those that are old enough.
pub async fn keep(months: Arc<Keep>, ids: Arc<dyn Ids>, hourly: Hourly) -> Result<bool, Fault> {
    hourly.run(async |now| months.run(&Act::of_system(now, Arc::clone(&ids))).await).await
}
