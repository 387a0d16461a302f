use std::sync::Arc;
use std::time::Duration;

use kernel::Fault;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long a connection may take to be made, and an answer to come.
const PATIENCE: Duration = Duration::from_secs(1);
/// When to come back to a Redis that is full: it does not say when there is room.
const FULL: Duration = Duration::from_secs(10);

/// One connection that everybody shares, made when it is first needed and again after any failure. The crate's own
/// `ConnectionManager` keeps a connection on which nothing is answered any more, and for ever one that was refused for
/// its password.
pub(crate) struct Line {
    client: Client,
    current: Mutex<Option<Arc<MultiplexedConnection>>>,
}

impl Line {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, current: Mutex::default() }
    }

    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Fault> {
        match self.try_once(command).await {
            // The connection ended since it was last used. Asking twice takes nothing twice.
            Err(Failure::Redis(error)) if error.is_connection_dropped() => self.try_once(command).await,
            other => other,
        }
        .map_err(Fault::from)
    }

    async fn try_once<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Failure> {
        let line = timeout(PATIENCE, self.connection()).await.map_err(|_| Failure::Silence)??;
        let answer = command.query_async(&mut MultiplexedConnection::clone(&line)).await;
        if answer.as_ref().is_err_and(|error| !is_full(error)) {
            let mut current = self.current.lock().await;
            if current.as_ref().is_some_and(|it| Arc::ptr_eq(it, &line)) {
                *current = None;
            }
        }
        Ok(answer?)
    }

    async fn connection(&self) -> Result<Arc<MultiplexedConnection>, RedisError> {
        let mut current = self.current.lock().await;
        if let Some(line) = &*current {
            return Ok(Arc::clone(line));
        }
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(Some(PATIENCE));
        let line = Arc::new(self.client.get_multiplexed_async_connection_with_config(&config).await?);
        *current = Some(Arc::clone(&line));
        Ok(line)
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
