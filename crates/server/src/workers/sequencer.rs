use std::sync::Arc;

use audit::ports::Sequencing;
use kernel::{Clock, Fault};

/// Takes up entries into the log, where no other node does.
pub async fn sequencer(log: Arc<dyn Sequencing>, clock: Arc<dyn Clock>) -> Result<bool, Fault> {
    log.sequence(clock.now()).await
}
