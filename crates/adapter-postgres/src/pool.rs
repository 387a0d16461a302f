use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::Object;
use deadpool::{Runtime, managed};
use diesel::ConnectionError;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures::FutureExt;
use kernel::{Fault, Scope};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tracing::field::Empty;
use tracing::{Instrument, Level, Span, info_span, span_enabled};

use crate::fault::{fault, from_pool, out_of_reach};

/// A connection out of the pool, and the span it is held in.
pub(crate) struct Connection {
    held: Object<AsyncDieselConnectionManager<AsyncPgConnection>>,
    _span: Span,
}

impl Deref for Connection {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        &self.held
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        &mut self.held
    }
}

/// A pool of connections to one database, and every port that only reads. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pool: Pool<AsyncPgConnection>,
    url: Arc<str>,
    runtime: Handle,
}

/// How a pool stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// In somebody's hands.
    pub used: usize,
    /// There to be taken.
    pub idle: usize,
    /// At most.
    pub most: usize,
    /// Who waits for one.
    pub waiting: usize,
}

impl Database {
    const WAIT: Duration = Duration::from_secs(3);
    const CONNECT: Duration = Duration::from_secs(5);
    /// The last words are the superuser's to set, and only make error messages readable to us.
    const SETTINGS: &'static str = "SET application_name = 'portcullis'; SET timezone = 'UTC'; \
        SET statement_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s'";
    const WORDS: &'static str = "SET lc_messages = 'C'";

    /// Connects, with at most `size` connections. They are driven by the runtime this is called on, which must be the
    /// process's own: one that blocks (an HTTP worker hashing a password) would stop every query of the others.
    pub async fn connect(url: &str, size: usize) -> Result<Self, Fault> {
        let runtime = Handle::current();
        let mut config = ManagerConfig::default();
        // `Verified` would cost a round trip a checkout; closed connections are noticed without.
        config.recycling_method = RecyclingMethod::Fast;
        let driver = runtime.clone();
        config.custom_setup = Box::new(move |url| {
            let connecting = driver.spawn(establish(url.to_owned()).in_current_span());
            async move { connecting.await.map_err(|e| ConnectionError::BadConnection(e.to_string()))? }.boxed()
        });
        let pool = Pool::builder(AsyncDieselConnectionManager::new_with_config(url, config))
            .max_size(size)
            .wait_timeout(Some(Self::WAIT))
            .create_timeout(Some(Self::CONNECT))
            .recycle_timeout(Some(Self::CONNECT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error: managed::BuildError| Fault::Failed(error.into()))?;
        let database = Self { pool, url: url.into(), runtime };
        database.ping().await?;
        Ok(database)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Fault> {
        self.connection(Scope::Installation).await?.batch_execute("SELECT 1").await.map_err(fault)
    }

    /// How the pool stands.
    #[must_use]
    pub fn connections(&self) -> Connections {
        let status = self.pool.status();
        let idle = status.available.min(status.size);
        Connections { used: status.size - idle, idle, most: status.max_size, waiting: status.waiting }
    }

    /// The one way to a pooled connection, for reads and transactions. Whose things it is opened for is only noted; where
    /// the database is to enforce it, row-level security is switched on here, by a transaction that begins with
    /// `set_config('app.organization_id', …, true)`.
    #[track_caller]
    pub(crate) fn connection(&self, scope: Scope) -> impl Future<Output = Result<Connection, Fault>> + Send {
        tracing::trace!(?scope, "a connection");
        let span = span(Location::caller());
        async move {
            let held = self.pool.get().await.map_err(from_pool);
            held.inspect_err(|_| _ = span.record("otel.status_code", "ERROR"))
                .map(|held| Connection { held, _span: span })
        }
    }

    /// A connection of its own, beside the pool.
    pub(crate) async fn dedicated(&self) -> Result<AsyncPgConnection, Fault> {
        let url = self.url.to_string();
        self.spawn(establish(url)).await.map_err(out_of_reach)?.map_err(out_of_reach)
    }

    /// Runs on the process's own runtime, whoever asks, and to its end, whoever stops asking.
    pub(crate) fn spawn<F>(&self, work: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        self.runtime.spawn(work.in_current_span())
    }
}

/// For a trace, from the wait for a connection until it is given back: which part of this crate held it, and no statement.
/// Workers ask at every moment, and what is done for nobody is not told.
fn span(caller: &Location<'static>) -> Span {
    if !span_enabled!(target: "client", Level::INFO) || Span::current().is_none() {
        return Span::none();
    }
    let file = caller.file();
    let part = file.rsplit_once("src/").map_or(file, |(_, part)| part).trim_end_matches(".rs");
    info_span!(
        target: "client", "db", otel.name = format_args!("db {part}"), otel.kind = "client",
        db.system.name = "postgresql", db.operation.name = part, otel.status_code = Empty
    )
}

async fn establish(url: String) -> Result<AsyncPgConnection, ConnectionError> {
    let mut connection = AsyncPgConnection::establish(&url).await?;
    connection.batch_execute(Database::SETTINGS).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
    if let Err(error) = connection.batch_execute(Database::WORDS).await {
        tracing::debug!(%error, "the database keeps its own language");
    }
    Ok(connection)
}
