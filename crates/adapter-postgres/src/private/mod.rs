//! A PostgreSQL of our own, for an installation that names none: made once in the data directory, reached through a Unix
//! socket only its owner may open, stopped with the server.

mod cluster;
mod error;
mod home;
mod owner;
mod programs;

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::result::Error as DieselError;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tokio::net::UnixStream;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};

use cluster::Cluster;
pub use error::PrivateError;

/// Who may connect is decided by the socket's directory; inside there is one user.
const USER: &str = "postgres";
const DATABASE: &str = "portcullis";
/// How often a running one is looked at.
const LOOK: Duration = Duration::from_secs(3);
/// How long one that says it is starting, which after a crash can take its time, is waited for.
const PATIENCE: Duration = Duration::from_mins(10);
const MOST_TRIES: u32 = 5;

/// A running PostgreSQL of our own.
#[must_use = "it runs on until it is stopped"]
pub struct PrivatePostgres {
    cluster: Cluster,
    /// Held as long as this server uses the data directory.
    _lock: File,
}

impl PrivatePostgres {
    /// Makes it where there is none, starts it where it does not run (a killed server leaves it running), and sees that
    /// it answers.
    pub async fn start(data_dir: &Path) -> Result<Self, PrivateError> {
        let data_dir = data_dir.to_owned();
        let (cluster, lock) = blocking(move || {
            fs::create_dir_all(&data_dir).map_err(PrivateError::at(&data_dir))?;
            let data_dir = data_dir.canonicalize().map_err(PrivateError::at(&data_dir))?;
            let lock = lock(&data_dir)?;
            Ok((Cluster::prepare(&data_dir)?, lock))
        })
        .await?;
        let private = Self { cluster, _lock: lock };
        let was_running = private.cluster.find_running().await?.is_some();
        let ready = async {
            if !was_running {
                private.bring_up().await?;
            }
            private.create_database().await
        };
        match ready.await {
            Ok(()) => Ok(private),
            Err(error) => {
                // What we started must not run on without us; a failed start may have got as far.
                if !was_running {
                    private.stop().await.ok();
                }
                Err(error)
            }
        }
    }

    /// Where to connect to the one that a running server has started in this data directory, once it answers.
    pub async fn url_of_running(data_dir: &Path) -> Result<String, PrivateError> {
        let data_dir = data_dir.to_owned();
        let cluster = blocking(move || {
            let data_dir = data_dir.canonicalize().map_err(PrivateError::at(&data_dir))?;
            Cluster::find(&data_dir)
        })
        .await?;
        match cluster.find_running().await? {
            Some(_) => Ok(cluster.url_of(DATABASE)),
            None => Err(PrivateError::Silent(cluster.log(), "the server that uses it is not ready".into())),
        }
    }

    /// Where to connect.
    #[must_use]
    pub fn url(&self) -> String {
        self.cluster.url_of(DATABASE)
    }

    /// Where its files are: in the data directory, unless the user that runs it can't reach them there.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.cluster.home()
    }

    /// Returns when it is gone: nobody listens at its socket, and not for a moment only.
    pub async fn lost(&self) {
        let mut missed = 0;
        while missed < 3 {
            sleep(LOOK).await;
            // Anything else, such as no descriptor left, is this process's own trouble.
            missed = match UnixStream::connect(self.cluster.socket()).await {
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::NotFound) => missed + 1,
                _ => 0,
            };
        }
    }

    /// Ends it, open connections included, with everything committed on disk.
    pub async fn stop(self) -> Result<(), PrivateError> {
        blocking(move || self.cluster.stop()).await
    }

    /// Starts it. One that needs longer than `pg_ctl` waits is found running; what a killed one left behind lets go of its
    /// memory within moments, and is safe from us until then.
    async fn bring_up(&self) -> Result<(), PrivateError> {
        let mut tries = 1;
        loop {
            let cluster = self.cluster.clone();
            let Err(error) = blocking(move || cluster.start()).await else { return Ok(()) };
            if self.cluster.find_running().await?.is_some() {
                return Ok(());
            }
            if tries == MOST_TRIES {
                return Err(error);
            }
            tries += 1;
            sleep(Duration::from_millis(500)).await;
        }
    }

    async fn create_database(&self) -> Result<(), PrivateError> {
        let silent = |error: DieselError| PrivateError::Silent(self.cluster.log(), error.to_string());
        let mut connection = self.cluster.connect().await?;
        let look = format!("SELECT FROM pg_database WHERE datname = '{DATABASE}'");
        // The lock on the data directory makes us the only ones who could make it in between.
        if diesel::sql_query(look).execute(&mut connection).await.map_err(silent)? == 0 {
            connection.batch_execute(&format!("CREATE DATABASE {DATABASE}")).await.map_err(silent)?;
        }
        Ok(())
    }
}

impl Cluster {
    fn url_of(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user={USER}", self.socket_dir().display())
    }

    async fn connect(&self) -> Result<AsyncPgConnection, PrivateError> {
        let url = self.url_of("postgres");
        match timeout(Duration::from_secs(5), AsyncPgConnection::establish(&url)).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(PrivateError::Silent(self.log(), error.to_string())),
            Err(_) => Err(PrivateError::Silent(self.log(), "no answer".into())),
        }
    }

    /// A connection to the one that runs already, once it is ready; the socket is the only proof, for a number in a stale
    /// `postmaster.pid` may be anybody's by now.
    async fn find_running(&self) -> Result<Option<AsyncPgConnection>, PrivateError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.connect().await {
                Ok(connection) => return Ok(Some(connection)),
                Err(PrivateError::Silent(_, why)) if !is_between(&why) => return Ok(None),
                Err(error) if Instant::now() > deadline => return Err(error),
                Err(_) => sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

/// Whether it is there and on its way up or down.
fn is_between(why: &str) -> bool {
    why.contains("the database system is")
}

fn lock(data_dir: &Path) -> Result<File, PrivateError> {
    let path: PathBuf = data_dir.join("portcullis.lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(PrivateError::at(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(PrivateError::InUse(data_dir.to_owned())),
        Err(TryLockError::Error(error)) => Err(PrivateError::Files(path, error)),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PrivateError> + Send + 'static,
) -> Result<T, PrivateError> {
    spawn_blocking(work).await.map_err(|_| PrivateError::Interrupted)?
}
