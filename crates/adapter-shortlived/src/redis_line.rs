use std::sync::Arc;
use std::time::Duration;

use kernel::Fault;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, Script, ServerErrorKind, cmd};
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long a connection may take to be made, and an answer to come.
const PATIENCE: Duration = Duration::from_secs(1);
/// When to come back to a Redis that is full: it does not say when there is room.
const FULL: Duration = Duration::from_secs(10);

/// One connection that everybody shares, made when it is first needed and again after any failure. The crate's own
/// `ConnectionManager` keeps a connection on which nothing is answered any more, and for ever one that was refused for
/// its password.
///
/// What reads and writes on it runs where the line was made, not where it was first needed: nobody waits for another's
/// busy thread.
pub(crate) struct Line {
    client: Client,
    home: Option<Handle>,
    current: Mutex<Option<Arc<MultiplexedConnection>>>,
}

impl Line {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, home: Handle::try_current().ok(), current: Mutex::default() }
    }

    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Fault> {
        self.try_twice(command).await.map_err(Fault::from)
    }

    /// Runs a script on a key, which the server is told where it does not know it yet.
    pub(crate) async fn run<T: FromRedisValue>(&self, script: &Lua, key: &str, arguments: &[i64]) -> Result<T, Fault> {
        let call = |by: &str, what: &str| {
            let mut command = cmd(by);
            command.arg(what).arg(1).arg(key).arg(arguments);
            command
        };
        match self.try_twice(&call("EVALSHA", script.script.get_hash())).await {
            Err(Failure::Redis(error)) if is_unknown_script(&error) => self.try_twice(&call("EVAL", script.code)).await,
            other => other,
        }
        .map_err(Fault::from)
    }

    async fn try_twice<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Failure> {
        match self.try_once(command).await {
            // The connection ended since it was last used. Asking twice takes nothing twice, and counts one too many at most.
            Err(Failure::Redis(error)) if error.is_connection_dropped() => self.try_once(command).await,
            other => other,
        }
    }

    async fn try_once<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Failure> {
        let line = timeout(PATIENCE, self.connection()).await.map_err(|_| Failure::Silence)??;
        let answer = command.query_async(&mut MultiplexedConnection::clone(&line)).await;
        if answer.as_ref().is_err_and(|error| !is_full(error) && !is_unknown_script(error)) {
            let mut current = self.current.lock().await;
            if current.as_ref().is_some_and(|it| Arc::ptr_eq(it, &line)) {
                *current = None;
            }
        }
        Ok(answer?)
    }

    async fn connection(&self) -> Result<Arc<MultiplexedConnection>, Failure> {
        let mut current = self.current.lock().await;
        if let Some(line) = &*current {
            return Ok(Arc::clone(line));
        }
        let client = self.client.clone();
        let connect = async move {
            let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(Some(PATIENCE));
            timeout(PATIENCE, client.get_multiplexed_async_connection_with_config(&config)).await
        };
        let connected = match &self.home {
            Some(home) => home.spawn(connect).await.map_err(|_| Failure::Silence)?,
            None => connect.await,
        };
        let line = Arc::new(connected.map_err(|_| Failure::Silence)??);
        *current = Some(Arc::clone(&line));
        Ok(line)
    }
}

/// A script, and the name by which the server knows it.
pub(crate) struct Lua {
    code: &'static str,
    script: Script,
}

impl Lua {
    pub fn new(code: &'static str) -> Self {
        Self { code, script: Script::new(code) }
    }
}

enum Failure {
    Silence,
    Redis(RedisError),
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        Self::Redis(error)
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        let why = match failure {
            Failure::Silence => "there is no connection in time".to_owned(),
            Failure::Redis(error) if is_full(&error) => return Self::Overloaded(FULL),
            Failure::Redis(error) if error.kind() == ErrorKind::Io => error.to_string(),
            // Never in the server's own words: some repeat what they were told, and they are told secrets.
            Failure::Redis(error) => format!("{:?}", error.kind()),
        };
        Self::Unavailable(format!("Redis: {why}").into())
    }
}

fn is_full(error: &RedisError) -> bool {
    error.code() == Some("OOM")
}

fn is_unknown_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}
