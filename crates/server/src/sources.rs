//! What `/metrics` tells beside the requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use accounts::Node;
use adapter_crypto::Argon2Hasher;
use adapter_http::{Sample, Source};
use adapter_postgres::{Backlog, Database};
use async_trait::async_trait;
use kernel::{Clock, Fault, Time};
use tokio::sync::Mutex;

use crate::foundation::Foundation;

/// Everybody who has figures.
pub fn all(foundation: &Foundation) -> Vec<Arc<dyn Source>> {
    let Foundation { database, node, hasher, clock, .. } = foundation;
    let process = Process { database: database.clone(), node: node.clone(), hashing: hasher.clone() };
    let backlog = Waiting { database: database.clone(), clock: clock.clone(), last: Mutex::default() };
    vec![Arc::new(process), Arc::new(backlog)]
}

/// What this process knows by itself.
struct Process {
    database: Arc<Database>,
    node: Arc<Node>,
    hashing: Arc<Argon2Hasher>,
}

#[expect(clippy::cast_precision_loss, reason = "no figure here comes near 2^53")]
#[async_trait]
impl Source for Process {
    fn name(&self) -> &'static str {
        "process"
    }

    async fn samples(&self) -> Result<Vec<Sample>, Fault> {
        let pool = self.database.connections();
        let connections = |state, count: usize| {
            let help = "Connections to the database, of a pool of at most database_connections_max.";
            Sample::gauge("database_connections", help, count as f64).of("state", state)
        };
        let hashing = self.hashing.load();
        let mut samples = vec![
            connections("used", pool.used),
            connections("idle", pool.idle),
            Sample::gauge("database_connections_max", "Connections the pool may have.", pool.most as f64),
            Sample::gauge("database_waiting", "Who waits for a connection.", pool.waiting as f64),
            Sample::gauge("password_threads", "Passwords that are hashed at once.", hashing.threads as f64),
            Sample::gauge(
                "password_places",
                "Passwords that are hashed or wait; more are refused.",
                hashing.places as f64,
            ),
            Sample::gauge("password_places_taken", "Places that are taken.", hashing.taken as f64),
        ];
        for (cache, (found, missed)) in self.node.lookups() {
            let lookups = |outcome, count: u64| {
                let help = "Looks into what is kept in memory.";
                Sample::counter("cache_lookups_total", help, count as f64).of("cache", cache).of("outcome", outcome)
            };
            samples.extend([lookups("hit", found), lookups("miss", missed)]);
        }
        Ok(samples)
    }
}

/// How far behind the workers of all nodes are. The database is asked once a second at most, however often it is looked at.
struct Waiting {
    database: Arc<Database>,
    clock: Arc<dyn Clock>,
    last: Mutex<Option<(Instant, Backlog)>>,
}

impl Waiting {
    const FRESH: Duration = Duration::from_secs(1);

    async fn backlog(&self, now: Time) -> Result<Backlog, Fault> {
        let mut last = self.last.lock().await;
        if let Some((at, backlog)) = *last
            && at.elapsed() < Self::FRESH
        {
            return Ok(backlog);
        }
        let backlog = self.database.backlog(now).await?;
        *last = Some((Instant::now(), backlog));
        Ok(backlog)
    }
}

#[async_trait]
impl Source for Waiting {
    fn name(&self) -> &'static str {
        "backlog"
    }

    async fn samples(&self) -> Result<Vec<Sample>, Fault> {
        let now = self.clock.now();
        let Backlog { mail, events, deliveries, audit } = self.backlog(now).await?;
        let queues = [("mail", mail), ("events", events), ("deliveries", deliveries), ("audit", audit)];
        let sample = |(queue, since): (&'static str, Option<Time>)| {
            let seconds = since.map_or(0.0, |since| (now - since).as_seconds_f64().max(0.0));
            Sample::gauge("oldest_waiting_seconds", "How long the oldest of a queue waits; 0 where none does.", seconds)
                .of("queue", queue)
        };
        Ok(queues.map(sample).to_vec())
    }
}
