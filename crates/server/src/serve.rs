//! From a configuration to a running server, and back.

use std::error::Error;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use accounts::{Denials, LastSeen};
use actix_web::web::Data;
use adapter_crypto::{RandomIds, SystemClock};
use adapter_http::{App, Certificate, Draining};
use adapter_postgres::PrivatePostgres;
use kernel::{Clock, Ids, Secret, Time};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

use crate::config::Config;
use crate::wiring;
use crate::workers::{self, Lane, Workers};

/// How long a stop waits for a slow mail server or webhook receiver.
const GRACE: Duration = Duration::from_secs(8);
/// How often it is looked whether there is another certificate.
const CERTIFICATE: Duration = Duration::from_secs(1);

pub type Trouble = Box<dyn Error + Send + Sync>;

/// A server that serves.
pub struct Running {
    address: SocketAddr,
    handle: actix_web::dev::ServerHandle,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
    workers: Workers,
    denials: Arc<Denials>,
    last_seen: Arc<LastSeen>,
    lanes: [Lane; 2],
    draining: Draining,
    drain: Duration,
    metrics: Option<Metrics>,
}

/// Where metrics have an address of their own.
struct Metrics {
    address: SocketAddr,
    handle: actix_web::dev::ServerHandle,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where metrics are, where they have an address of their own.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|it| it.address)
    }

    /// Ends when the server does by itself, which it should not.
    async fn broken(&mut self) -> Trouble {
        match (&mut self.serving).await {
            Ok(Err(error)) => error.into(),
            Ok(Ok(())) => "the server ended".into(),
            Err(error) => error.into(),
        }
    }

    /// Says at `/readyz` that it is about to go, and goes on for as long as was configured. Then it answers what has arrived,
    /// finishes what the workers have begun where that takes no longer than [`GRACE`] (the rest is claimed anew by the next
    /// start), and ends.
    pub async fn stop(self) {
        self.draining.begin();
        tokio::time::sleep(self.drain).await;
        let begun = async {
            self.workers.stop().await;
            for lane in &self.lanes {
                lane.finished().await;
            }
        };
        let ((), finished) = tokio::join!(self.handle.stop(true), timeout(GRACE, begun));
        if finished.is_err() {
            tracing::warn!("what the workers had begun is left to the next start");
        }
        if let Some(metrics) = self.metrics {
            metrics.handle.stop(false).await;
        }
        if let Err(fault) = self.denials.flush(Time::MAX_UTC).await {
            tracing::warn!(error = %crate::command::chain(&fault), "folded refusals were not written");
        }
        if let Err(fault) = self.last_seen.flush().await {
            tracing::warn!(error = %crate::command::chain(&fault), "when sessions were last used was not written");
        }
    }
}

/// Starts a server on a database of one's own.
pub async fn start(config: Config, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Result<Running, Trouble> {
    let listener = bind(&config)?;
    let database_url = config.database_url.clone().ok_or("DATABASE_URL is needed")?;
    start_on(listener, config, &database_url, clock, ids).await
}

async fn start_on(
    listener: TcpListener,
    mut config: Config,
    database_url: &Secret,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
) -> Result<Running, Trouble> {
    let address = listener.local_addr()?;
    // Which port it is was not known yet.
    if let Some(host) = config.public_url.strip_suffix(":0") {
        config.public_url = format!("{host}:{}", address.port());
    }
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let certificate = config.tls.clone().map(Certificate::load).transpose()?.map(Arc::new);
    let mut wired = wiring::wire(&config, database_url, clock, ids).await?;
    if let Some(certificate) = certificate.clone() {
        wired.workers.spawn_every(CERTIFICATE, "certificate", move || workers::certificate(certificate.clone()));
    }
    let app = Data::new(wired.app);
    let metrics = match config.operations.metrics_listen {
        Some(address) => Some(Metrics::serve(address, &app)?),
        None => None,
    };
    let draining = app.operations.draining.clone();
    let server = adapter_http::serve(listener, certificate, app)?;
    let handle = server.handle();
    Ok(Running {
        address,
        handle,
        serving: tokio::spawn(server),
        workers: wired.workers,
        denials: wired.denials,
        last_seen: wired.last_seen,
        lanes: wired.lanes,
        draining,
        drain: config.operations.drain,
        metrics,
    })
}

impl Metrics {
    fn serve(address: SocketAddr, app: &Data<App>) -> Result<Self, Trouble> {
        let listener = TcpListener::bind(address).map_err(|error| format!("{address}: {error}"))?;
        let address = listener.local_addr()?;
        let server = adapter_http::serve_metrics(listener, app.clone())?;
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { address, handle })
    }
}

/// Serves until SIGINT or SIGTERM (a second one ends the patience), with a private PostgreSQL where there is no other.
pub async fn until_told_to_stop(config: Config) -> Result<(), Trouble> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // A port that is taken should cost nobody a database start.
    let listener = bind(&config)?;
    let data_dir = config.data_dir.clone();
    std::fs::create_dir_all(&data_dir).map_err(|error| format!("{}: {error}", data_dir.display()))?;
    let data_dir = data_dir.canonicalize()?;

    let postgres = match &config.database_url {
        Some(_) => None,
        None => Some(PrivatePostgres::start(&data_dir).await?),
    };
    let database_url = match (&postgres, &config.database_url) {
        (Some(postgres), _) => Secret::new(postgres.url()),
        (None, Some(url)) => url.clone(),
        (None, None) => return Err("there is no database".into()),
    };
    let mails = config.smtp_url.is_none();
    let ended = async {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let mut running = start_on(listener, config, &database_url, clock, Arc::new(RandomIds::default())).await?;
        welcome(&running, scheme, &data_dir, mails, postgres.as_ref());
        let told = tokio::select! {
            error = running.broken() => Err(error),
            error = lost(postgres.as_ref()) => Err(error),
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        };
        tokio::select! {
            () = running.stop() => {}
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        told
    }
    .await;
    let stopped = match postgres {
        Some(postgres) => postgres.stop().await,
        None => Ok(()),
    };
    ended?;
    Ok(stopped?)
}

/// Whoever started this server starts it again, and it its PostgreSQL.
async fn lost(postgres: Option<&PrivatePostgres>) -> Trouble {
    match postgres {
        Some(postgres) => postgres.lost().await,
        None => std::future::pending().await,
    }
    "the private PostgreSQL has ended".into()
}

fn bind(config: &Config) -> Result<TcpListener, Trouble> {
    TcpListener::bind(config.listen).map_err(|error| format!("{}: {error}", config.listen).into())
}

/// At once, and to nobody where nobody listens.
fn welcome(running: &Running, scheme: &str, data_dir: &Path, mails: bool, postgres: Option<&PrivatePostgres>) {
    let url = format!("{scheme}://{}", running.address);
    let metrics = running.metrics_address().map(|it| format!("  Metrics http://{it}/metrics\n")).unwrap_or_default();
    let data_dir = data_dir.display();
    let mails = if mails { format!("  Mails  {data_dir}/outbox\n") } else { String::new() };
    let data = match postgres {
        Some(postgres) => postgres.directory().display().to_string(),
        None => format!("the database of DATABASE_URL, and {data_dir}"),
    };
    let text = format!(
        "Portcullis serves.\n  API    {url}/api/v1\n  Docs   {url}/docs\n{metrics}{mails}  Data   {data}\n  \
         Stop   Ctrl-C\n"
    );
    std::io::stdout().write_all(text.as_bytes()).ok();
}
