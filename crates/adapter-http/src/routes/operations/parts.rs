use std::time::Duration;

use futures::future::join_all;
use kernel::Fault;

use crate::error::chain;
use crate::{App, Part};

/// A part that takes longer does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How a part was found.
pub(super) struct Asked {
    pub name: &'static str,
    /// Whether nothing works without it.
    pub needed: bool,
    pub answers: bool,
}

/// Every part.
pub(super) async fn ask_all(app: &App) -> Vec<Asked> {
    join_all(app.parts.iter().map(|part| ask(part.as_ref()))).await
}

/// Why it does not answer goes to the log.
async fn ask(part: &dyn Part) -> Asked {
    let answer = tokio::time::timeout(PATIENCE, part.check()).await;
    let silence = answer.unwrap_or_else(|late| Err(Fault::Unavailable(late.into()))).err();
    if let Some(fault) = &silence {
        tracing::warn!(part = part.name(), fault = %chain(fault), "not ready");
    }
    Asked { name: part.name(), needed: part.is_needed(), answers: silence.is_none() }
}
