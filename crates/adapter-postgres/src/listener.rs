use std::sync::Arc;
use std::time::Duration;

use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures::StreamExt;
use kernel::{Fault, SignalSink};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::fault::{fault, out_of_reach};
use crate::pool::Database;
use crate::signals::{CHANNEL, pg_notify, read};

/// Hears what other nodes committed, and its own heartbeat, on a connection of its own. Stops when it is dropped.
#[must_use = "it stops when it is dropped"]
pub struct Listener(JoinHandle<()>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

const HEARTBEAT: Duration = Duration::from_secs(1);
/// A statement that takes longer means the connection is dead, whatever the socket says.
const PATIENCE: Duration = Duration::from_secs(2);
/// The same of the connection's making, and of reading anew what may have been missed.
const CONNECT: Duration = Duration::from_secs(5);
const READING: Duration = Duration::from_secs(20);
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl Database {
    /// Keeps `sink` current from now on, through lost connections too.
    pub fn listen(&self, sink: Arc<dyn SignalSink>) -> Listener {
        let database = self.clone();
        Listener(self.spawn(async move {
            let mut pause = SHORTEST_PAUSE;
            loop {
                let Err(error) = hear(&database, sink.as_ref(), &mut pause).await;
                tracing::warn!(%error, "this node hears no signals, and asks the database instead");
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }))
    }
}

enum Never {}

/// Hears until something breaks.
async fn hear(database: &Database, sink: &dyn SignalSink, pause: &mut Duration) -> Result<Never, Fault> {
    let mut connection = in_time(CONNECT, database.dedicated()).await?;
    // The queue of notifications has one order: who hears its own heartbeat has heard everything before it.
    let heartbeat = in_time(PATIENCE, own_channel(&mut connection)).await?;
    in_time(PATIENCE, begin(&mut connection, &heartbeat)).await?;
    in_time(READING, sink.listening()).await?;
    let mut ticks = interval(HEARTBEAT);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let heard = tokio::select! {
            heard = next(&mut connection) => Some(heard?),
            _ = ticks.tick() => None,
        };
        match heard {
            None => {
                in_time(PATIENCE, beat(&mut connection, &heartbeat)).await?;
            }
            Some(notification) if notification.channel == heartbeat => {
                *pause = SHORTEST_PAUSE;
                sink.alive();
            }
            Some(notification) => {
                if let Some(signal) = read(&notification.payload) {
                    sink.receive(&signal);
                } else {
                    tracing::warn!("a signal of an unknown kind: a newer server is running beside this one");
                }
            }
        }
    }
}

/// A half-open connection never answers, and must not leave the node deaf for good.
async fn in_time<T>(patience: Duration, step: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    timeout(patience, step).await.map_err(out_of_reach)?
}

async fn begin(connection: &mut AsyncPgConnection, heartbeat: &str) -> Result<(), Fault> {
    connection.batch_execute(&format!("LISTEN {CHANNEL}; LISTEN {heartbeat}")).await.map_err(fault)
}

async fn beat(connection: &mut AsyncPgConnection, heartbeat: &str) -> Result<(), Fault> {
    diesel::select(pg_notify(heartbeat, "")).execute(connection).await.map(drop).map_err(fault)
}

async fn next(connection: &mut AsyncPgConnection) -> Result<diesel::pg::PgNotification, Fault> {
    let mut notifications = std::pin::pin!(connection.notifications_stream());
    match notifications.next().await {
        Some(notification) => notification.map_err(fault),
        None => Err(Fault::Unavailable("the connection was closed".into())),
    }
}

async fn own_channel(connection: &mut AsyncPgConnection) -> Result<String, Fault> {
    let backend: i32 = diesel::select(pg_backend_pid()).get_result(connection).await.map_err(fault)?;
    Ok(format!("{CHANNEL}_{backend}"))
}

diesel::define_sql_function! { fn pg_backend_pid() -> Integer; }
