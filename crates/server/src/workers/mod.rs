//! What goes on beside the requests, on every node: each worker takes its share by claims in the database.

mod certificate;
mod denials;
mod erasure;
mod keep;
mod keys;
mod lane;
mod last_seen;
mod mail;
mod mail_requests;
mod retention;
mod schedule;
mod sequencer;
mod subscriptions;
mod webhooks;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use adapter_postgres::Listener;
use futures::FutureExt;
use kernel::Fault;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{error, warn};

pub use certificate::certificate;
pub use denials::denials;
pub use erasure::{clearance, erasure};
pub use keep::keep;
pub use keys::keys;
pub use lane::Lane;
pub use last_seen::last_seen;
pub use mail::mail;
pub use mail_requests::mail_requests;
pub use retention::retention;
pub use schedule::Hourly;
pub use sequencer::sequencer;
pub use subscriptions::subscriptions;
pub use webhooks::{Relaying, deliveries, relay};

/// How long a worker that found nothing looks away.
const IDLE: Duration = Duration::from_millis(200);
/// How long a worker that failed leaves things alone.
const TROUBLE: Duration = Duration::from_secs(2);

/// The workers, and the word that ends them.
pub struct Workers {
    _listener: Listener,
    tasks: JoinSet<()>,
    end: watch::Sender<bool>,
}

impl Workers {
    /// None yet but the listener.
    pub fn new(listener: Listener) -> Self {
        Self { _listener: listener, tasks: JoinSet::new(), end: watch::Sender::new(false) }
    }

    /// Runs `step` over and over: at once again while it finds something to do, and through whatever goes wrong in it.
    pub fn spawn<S, F>(&mut self, name: &'static str, step: S)
    where
        S: FnMut() -> F + Send + 'static,
        F: Future<Output = Result<bool, Fault>> + Send,
    {
        self.spawn_every(IDLE, name, step);
    }

    /// As [`Workers::spawn`], looking away for this long when it found nothing.
    pub fn spawn_every<S, F>(&mut self, idle: Duration, name: &'static str, mut step: S)
    where
        S: FnMut() -> F + Send + 'static,
        F: Future<Output = Result<bool, Fault>> + Send,
    {
        let mut end = self.end.subscribe();
        self.tasks.spawn(async move {
            while !*end.borrow() {
                let pause = match AssertUnwindSafe(step()).catch_unwind().await {
                    Ok(Ok(true)) => continue,
                    Ok(Ok(false)) => idle,
                    Ok(Err(fault)) => {
                        warn!(worker = name, error = %crate::command::chain(&fault), "a worker failed and goes on");
                        TROUBLE
                    }
                    Err(_) => {
                        error!(worker = name, "a worker panicked and goes on");
                        TROUBLE
                    }
                };
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = end.changed() => {}
                }
            }
        });
    }

    /// Lets every worker finish what it has begun.
    pub async fn stop(mut self) {
        self.end.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}
