use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use kernel::{Clock, Fault};
use tracing::{Instrument, info_span, warn};
use webhooks::Deliver;
use webhooks::ports::Relay;

use super::lane::Lane;

/// Makes deliveries of events: after a run that failed of half as many at a time, so that what is too much for one run is not
/// in the way for good.
#[derive(Clone)]
pub struct Relaying {
    relay: Arc<dyn Relay>,
    clock: Arc<dyn Clock>,
    most: Arc<AtomicU16>,
}

impl Relaying {
    const MOST: u16 = 100;

    pub fn new(relay: Arc<dyn Relay>, clock: Arc<dyn Clock>) -> Self {
        Self { relay, clock, most: Arc::new(AtomicU16::new(Self::MOST)) }
    }
}

/// Answers whether there was something to do.
pub async fn relay(relaying: Relaying) -> Result<bool, Fault> {
    let most = relaying.most.load(Ordering::Relaxed);
    let relayed = relaying.relay.relay(relaying.clock.now(), most).await;
    let next = if relayed.is_ok() { (most * 2).min(Relaying::MOST) } else { (most / 2).max(1) };
    relaying.most.store(next, Ordering::Relaxed);
    Ok(relayed? > 0)
}

/// Tries what is due, as many at once as there are places: a slow receiver holds some of them, not the worker.
pub async fn deliveries(deliver: Deliver, lane: Lane) -> Result<bool, Fault> {
    let wanted = lane.wanted();
    let due = if wanted.most == 0 { Vec::new() } else { deliver.claim(&wanted).await? };
    if wanted.most > 0 {
        lane.forget_idle(&wanted, &due);
    }
    if due.is_empty() {
        let is_idle = lane.is_idle();
        if !is_idle {
            // What is due may wait for one that is under way.
            lane.one_ended().await;
        }
        return Ok(!is_idle);
    }
    for due in due {
        let Some(one) = lane.begin(due.webhook, due.message.organization).await else { return Ok(false) };
        let deliver = deliver.clone();
        let span = info_span!(target: "client", "delivery", otel.name = "deliver webhook", webhook = %due.webhook);
        let attempt = async move {
            match deliver.attempt(due).await {
                Ok(took) => one.end(took),
                Err(fault) => {
                    warn!(error = %crate::command::chain(&fault), "a delivery could not be settled and comes again");
                }
            }
        };
        tokio::spawn(attempt.instrument(span));
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use adapter_crypto::SystemClock;
    use async_trait::async_trait;
    use kernel::Time;

    use super::*;

    /// A database for which more than so many are too much.
    struct Weak(u16);

    #[async_trait]
    impl Relay for Weak {
        async fn relay(&self, _: Time, most: u16) -> Result<usize, Fault> {
            if most <= self.0 { Ok(most.into()) } else { Err(Fault::defect(most.to_string())) }
        }
    }

    #[tokio::test]
    async fn what_is_too_much_for_one_run_is_done_in_several() {
        let run = async |bearable, runs| {
            let relaying = Relaying::new(Arc::new(Weak(bearable)), Arc::new(SystemClock));
            let mut done = Vec::new();
            for _ in 0..runs {
                let most = relaying.most.load(Ordering::Relaxed);
                done.push((most, relay(relaying.clone()).await.is_ok()));
            }
            done
        };
        assert_eq!(run(100, 2).await, [(100, true), (100, true)]);
        assert_eq!(run(30, 5).await, [(100, false), (50, false), (25, true), (50, false), (25, true)]);
        let of_one = run(1, 9).await;
        assert_eq!(of_one[6..], [(1, true), (2, false), (1, true)]);
    }
}
