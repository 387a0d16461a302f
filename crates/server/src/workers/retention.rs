use std::sync::Arc;

use kernel::{Fault, Retention};

use super::Hourly;

/// Forgets what has served its purpose.
pub async fn retention(retention: Arc<dyn Retention>, hourly: Hourly) -> Result<bool, Fault> {
    hourly.run(async |now| retention.forget(now).await).await
}
