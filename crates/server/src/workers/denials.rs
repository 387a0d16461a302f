use std::sync::Arc;

use accounts::Denials;
use kernel::{Clock, Fault};

/// Writes down the refusals that were folded.
pub async fn denials(denials: Arc<Denials>, clock: Arc<dyn Clock>) -> Result<bool, Fault> {
    denials.flush(clock.now()).await?;
    Ok(false)
}
