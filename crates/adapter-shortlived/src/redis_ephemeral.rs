use std::time::Duration;

use async_trait::async_trait;
use kernel::{Ephemeral, Fault, Secret, TokenHash};
use redis::{Client, cmd};

use crate::BadRedisUrl;
use crate::redis_line::Line;
use crate::redis_url::parse;

/// Keeps values in a Redis 6.2 or later, or a Valkey: for nodes that share it. What bounds it is the server's `maxmemory`,
/// with the policy `noeviction`, which is the default; under any other it may drop what somebody waits for.
pub struct RedisEphemeral(Line);

impl RedisEphemeral {
    /// `redis://[[user]:password@]host[:port][/database]`, `rediss://…` or `unix:///path`. It connects when it is first
    /// asked, so a server out of reach is no error here: [`ping`](Self::ping) tells. For `rediss://` the process must have
    /// installed a rustls provider; the certificate is held against the system's roots, or `SSL_CERT_FILE`.
    pub fn connect(url: &Secret) -> Result<Self, BadRedisUrl> {
        let client = Client::open(parse(url)?).map_err(|_| BadRedisUrl::Form)?;
        Ok(Self(Line::new(client)))
    }

    /// Whether the server answers, and knows and permits what [`Ephemeral::take`] needs of it.
    pub async fn ping(&self) -> Result<(), Fault> {
        self.take("ping").await.map(drop)
    }
}

/// Whoever sees the server's keys can't tell what to present.
fn place(key: &str) -> String {
    TokenHash::of(key).as_bytes().iter().fold("portcullis:".to_owned(), |place, byte| place + &format!("{byte:02x}"))
}

#[async_trait]
impl Ephemeral for RedisEphemeral {
    async fn put(&self, key: &str, value: &Secret, lifetime: Duration) -> Result<(), Fault> {
        // There is no shorter life in Redis.
        let milliseconds = lifetime.as_millis().max(1);
        let mut command = cmd("SET");
        command.arg(place(key)).arg(value.expose()).arg("PX").arg(milliseconds.to_string());
        self.0.ask(&command).await
    }

    async fn take(&self, key: &str) -> Result<Option<Secret>, Fault> {
        let mut command = cmd("GETDEL");
        command.arg(place(key));
        let value: Option<String> = self.0.ask(&command).await?;
        Ok(value.map(Secret::new))
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use futures::future::join_all;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::timeout;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    /// A server, and how many connections it took.
    struct Server {
        redis: RedisEphemeral,
        connections: Arc<AtomicUsize>,
    }

    impl Server {
        /// Told the number of the connection and a command's words, it answers, says nothing (`""`) or hangs up.
        async fn new(answer: impl Fn(usize, &[&str]) -> Option<String> + Clone + Send + 'static) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let redis = redis(&format!("redis://ada:hunter2@{}", listener.local_addr().unwrap()));
            let connections = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&connections);
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
                    let answer = answer.clone();
                    tokio::spawn(talk(stream, move |words: &[&str]| answer(number, words)));
                }
            });
            Self { redis, connections }
        }

        fn connections(&self) -> usize {
            self.connections.load(Ordering::SeqCst)
        }
    }

    async fn talk(mut stream: TcpStream, answer: impl Fn(&[&str]) -> Option<String>) -> io::Result<()> {
        let mut heard = vec![0; 4096];
        loop {
            let length = stream.read(&mut heard).await?;
            let text = String::from_utf8_lossy(&heard[..length]).into_owned();
            // `*2 $6 GETDEL $75 …`: every other line is the length of the next.
            for command in text.split('*').skip(1) {
                let words: Vec<&str> = command.split("\r\n").skip(2).step_by(2).collect();
                let Some(answer) = answer(&words) else { return Ok(()) };
                stream.write_all(answer.as_bytes()).await?;
            }
            if length == 0 {
                return Ok(());
            }
        }
    }

    fn redis(url: &str) -> RedisEphemeral {
        RedisEphemeral::connect(&Secret::new(url)).unwrap()
    }

    /// What a server says that holds nothing.
    fn usual(words: &[&str]) -> String {
        if words[0] == "GETDEL" { "$-1\r\n" } else { "+OK\r\n" }.to_owned()
    }

    async fn why_unavailable(redis: &RedisEphemeral) -> String {
        let answer = timeout(MINUTE, redis.ping()).await.unwrap();
        let Err(Fault::Unavailable(why)) = answer else { panic!("{answer:?}") };
        format!("{why} {why:?}")
    }

    #[tokio::test]
    async fn no_secret_is_told_even_where_the_server_repeats_it() {
        for (unknown, kind) in [("AUTH", "AuthenticationFailed"), ("SET", "ResponseError")] {
            let server = Server::new(move |_, words: &[&str]| {
                let repeats = || format!("-ERR unknown command, with args beginning with: {}\r\n", words.join(" "));
                Some(if words[0] == unknown { repeats() } else { usual(words) })
            })
            .await;
            let answer = server.redis.put("key", &Secret::new("hunter2"), MINUTE).await;
            let Err(Fault::Unavailable(why)) = answer else { panic!("{answer:?}") };
            let why = format!("{why} {why:?}");
            assert!(why.contains(kind) && !why.contains("hunter2"), "{why}");
        }
    }

    #[tokio::test]
    async fn a_server_out_of_reach_is_no_error_at_the_start_and_named_by_a_ping() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let nobody = redis(&format!("redis://:hunter2@{}", listener.local_addr().unwrap()));
        drop(listener);
        let why = why_unavailable(&nobody).await;
        assert!(why.contains("Redis: ") && why.contains("refused") && !why.contains("hunter2"), "{why}");
    }

    #[tokio::test]
    async fn a_server_that_greets_nobody_keeps_nobody() {
        let server = Server::new(|_, _| Some(String::new())).await;
        let asked = join_all((0..10).map(|_| server.redis.take("key")));
        for answer in timeout(MINUTE, asked).await.unwrap() {
            assert!(matches!(answer, Err(Fault::Unavailable(_))), "{answer:?}");
        }
    }

    #[tokio::test]
    async fn a_connection_that_ended_since_is_nobodys_error() {
        let asked = Arc::new(Mutex::new(0));
        let server = Server::new(move |_, words: &[&str]| {
            let mut asked = asked.lock().unwrap();
            *asked += usize::from(words[0] == "GETDEL");
            // The second one on the first connection is not answered, as if the server had been restarted.
            (words[0] != "GETDEL" || *asked != 2).then(|| usual(words))
        })
        .await;
        for connections in [1, 2, 2] {
            server.redis.ping().await.unwrap();
            assert_eq!(server.connections(), connections);
        }
    }

    #[tokio::test]
    async fn a_connection_on_which_nothing_is_answered_is_left() {
        let server = Server::new(|number, words: &[&str]| {
            Some(if number == 1 && words[0] == "GETDEL" { String::new() } else { usual(words) })
        })
        .await;
        why_unavailable(&server.redis).await;
        server.redis.ping().await.unwrap();
        assert_eq!(server.connections(), 2);
    }

    #[tokio::test]
    async fn a_refused_password_is_tried_again() {
        let server = Server::new(|number, words: &[&str]| {
            Some(if number == 1 && words[0] == "AUTH" { "-WRONGPASS\r\n".to_owned() } else { usual(words) })
        })
        .await;
        why_unavailable(&server.redis).await;
        server.redis.ping().await.unwrap();
    }

    #[tokio::test]
    async fn ephemeral_2_a_full_server_is_overloaded_and_keeps_its_connection() {
        let server = Server::new(|_, words: &[&str]| {
            Some(if words[0] == "SET" { "-OOM command not allowed\r\n".to_owned() } else { usual(words) })
        })
        .await;
        for _ in 0..2 {
            let answer = server.redis.put("key", &Secret::new("value"), MINUTE).await;
            assert!(matches!(answer, Err(Fault::Overloaded(_))), "{answer:?}");
        }
        server.redis.ping().await.unwrap();
        assert_eq!(server.connections(), 1);
    }

    #[tokio::test]
    async fn a_key_is_not_told_and_a_value_has_an_end() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let listening = Arc::clone(&heard);
        let server = Server::new(move |_, words: &[&str]| {
            listening.lock().unwrap().push(words.join(" "));
            Some(usual(words))
        })
        .await;
        server.redis.put("the-state", &Secret::new("value"), Duration::from_micros(1_500_900)).await.unwrap();
        server.redis.put("the-state", &Secret::new("value"), Duration::ZERO).await.unwrap();
        server.redis.take("the-state").await.unwrap();
        let heard = heard.lock().unwrap();
        for (sent, end) in heard.iter().filter(|it| it.starts_with("SET ")).zip([" value PX 1500", " value PX 1"]) {
            assert!(sent.trim_end().ends_with(end), "{sent}");
        }
        assert_eq!(heard.iter().filter(|it| it.contains(" portcullis:")).count(), 3);
        assert!(!heard.iter().any(|it| it.contains("the-state")));
    }
}
