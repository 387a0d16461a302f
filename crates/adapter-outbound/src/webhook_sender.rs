use std::time::Duration;

use async_trait::async_trait;
use kernel::Fault;
use reqwest::header::USER_AGENT;
use tracing::debug;
use url::Url;
use webhooks::EndpointUrl;
use webhooks::ports::{SendError, Sender};

use crate::guard::Guard;

const AGENT: &str = concat!("Portcullis-Webhooks/", env!("CARGO_PKG_VERSION"));

/// Takes deliveries to their receivers.
#[derive(Clone, Debug)]
pub struct WebhookSender {
    guard: Guard,
}

impl WebhookSender {
    const PATIENCE: Duration = Duration::from_secs(15);

    /// `allowed_hosts` are hosts, or hosts with a port, the operator lets through; the process must have installed a
    /// rustls provider.
    pub fn new(allowed_hosts: Vec<String>) -> Result<Self, Fault> {
        Self::patient(allowed_hosts, Self::PATIENCE)
    }

    fn patient(allowed_hosts: Vec<String>, patience: Duration) -> Result<Self, Fault> {
        Ok(Self { guard: Guard::new(allowed_hosts, patience)? })
    }
}

#[async_trait]
impl Sender for WebhookSender {
    async fn post(
        &self,
        url: &EndpointUrl,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<u16, SendError> {
        let url = Url::parse(url.as_str()).map_err(|_| SendError::NoAnswer)?;
        let client = self.guard.client(&url).ok_or(SendError::NoAnswer)?;
        let request = client.post(url).header(USER_AGENT, AGENT).body(body);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        match request.send().await {
            // What the receiver says besides is not read; a connection that still says it is closed.
            Ok(response) => Ok(response.status().as_u16()),
            Err(error) => {
                // The operator's to know, never the organization's: it tells closed ports from filtered ones.
                debug!(error = ?error.without_url(), "a webhook receiver gave no answer");
                Err(SendError::NoAnswer)
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::process::Command;

    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    pub(crate) fn install_provider() {
        // Another test may have been first.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }

    fn sender(allowed: &[String], patience: Duration) -> WebhookSender {
        install_provider();
        WebhookSender::patient(allowed.to_vec(), patience).unwrap()
    }

    async fn post(sender: &WebhookSender, url: &str) -> Result<u16, SendError> {
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", "evt_1".to_owned()),
            ("webhook-signature", "v1,c2lnbmF0dXJl".to_owned()),
        ];
        sender.post(&EndpointUrl::stored(url).unwrap(), &headers, BODY.to_owned()).await
    }

    const BODY: &str = r#"{"type":"user.created","name":"Größe 蜂"}"#;
    const MINUTE: Duration = Duration::from_secs(60);

    struct Receiver {
        listener: TcpListener,
        port: u16,
    }

    impl Receiver {
        async fn new() -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            Self { listener, port }
        }

        fn at(&self, host: &str) -> String {
            format!("{host}:{}", self.port)
        }

        /// Takes one request: its lines, its body, and the connection to answer on.
        async fn take(&self) -> (Vec<String>, String, TcpStream) {
            let (stream, _) = self.listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).await.unwrap();
                match line.trim_end() {
                    "" => break,
                    line => head.push(line.to_owned()),
                }
            }
            let length = head.iter().find_map(|it| it.strip_prefix("content-length: ")).unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut body).await.unwrap();
            (head, String::from_utf8(body).unwrap(), stream.into_inner())
        }

        async fn answer(&self, answer: &str) -> (Vec<String>, String) {
            let (head, body, mut stream) = self.take().await;
            stream.write_all(answer.as_bytes()).await.unwrap();
            (head, body)
        }

        /// Connections are accepted in the order they were made, so that ours is only next where nobody else came.
        async fn saw_nobody_more(&self) -> bool {
            let ours = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
            let (_, next) = self.listener.accept().await.unwrap();
            next == ours.local_addr().unwrap()
        }
    }

    #[tokio::test]
    async fn an_allowed_receiver_gets_what_was_sent() {
        let receiver = Receiver::new().await;
        for host in ["127.0.0.1", "localhost"] {
            let sender = sender(&[receiver.at(host)], MINUTE);
            let url = format!("http://{}/hooks?a=b", receiver.at(host));
            let (status, (head, body)) = tokio::join!(
                post(&sender, &url),
                receiver.answer("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
            );
            assert_eq!(status, Ok(202));
            assert_eq!(head[0], "POST /hooks?a=b HTTP/1.1");
            for line in [
                "content-type: application/json",
                "webhook-id: evt_1",
                "webhook-signature: v1,c2lnbmF0dXJl",
                &format!("user-agent: {AGENT}"),
                &format!("host: {}", receiver.at(host)),
            ] {
                assert_eq!(head.iter().filter(|it| *it == line).count(), 1, "{line} in {head:?}");
            }
            assert_eq!(body, BODY);
        }
    }

    #[tokio::test]
    async fn sender_1_a_private_address_is_not_connected_to_whatever_names_it() {
        let receiver = Receiver::new().await;
        let sender = sender(&["hooks.internal".to_owned(), "localhost:1".to_owned()], Duration::from_millis(300));
        for host in ["127.0.0.1", "127.1", "[::ffff:127.0.0.1]", "localhost", "LOCALHOST."] {
            for scheme in ["https", "http"] {
                let url = format!("{scheme}://{}/", receiver.at(host));
                assert_eq!(post(&sender, &url).await, Err(SendError::NoAnswer), "{url}");
                assert!(receiver.saw_nobody_more().await, "{url}");
            }
        }
    }

    #[tokio::test]
    async fn sender_2_a_redirect_is_an_answer_and_not_followed() {
        let receiver = Receiver::new().await;
        let sender = sender(&[receiver.at("127.0.0.1")], MINUTE);
        let url = format!("http://{}/", receiver.at("127.0.0.1"));
        for status in [301, 302, 303, 307, 308] {
            let answer = format!(
                "HTTP/1.1 {status} Away\r\nlocation: {url}away\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
            );
            let (answered, (head, _)) = tokio::join!(post(&sender, &url), receiver.answer(&answer));
            assert_eq!(answered, Ok(status));
            assert_eq!(head[0], "POST / HTTP/1.1");
            assert!(receiver.saw_nobody_more().await);
        }
    }

    #[tokio::test]
    async fn sender_2_a_receiver_that_does_not_finish_its_answer_gave_none() {
        let receiver = Receiver::new().await;
        let sender = sender(&["127.0.0.1".to_owned()], Duration::from_millis(300));
        let url = format!("http://{}/", receiver.at("127.0.0.1"));
        for beginning in ["", "HTTP/1.1 200 OK\r\nx-so-far: so good\r\n"] {
            let slow = async {
                let (.., mut stream) = receiver.take().await;
                stream.write_all(beginning.as_bytes()).await.unwrap();
                stream.read(&mut [0]).await.unwrap_or_default()
            };
            assert_eq!(tokio::join!(post(&sender, &url), slow), (Err(SendError::NoAnswer), 0));
        }
    }

    #[tokio::test]
    async fn wh_04_an_endless_body_is_not_read() {
        let receiver = Receiver::new().await;
        let sender = sender(&["127.0.0.1".to_owned()], MINUTE);
        let url = format!("http://{}/", receiver.at("127.0.0.1"));
        let talkative = async {
            let (.., mut stream) = receiver.take().await;
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        };
        assert_eq!(tokio::join!(post(&sender, &url), talkative).0, Ok(200));
    }

    #[test]
    fn wh_02_proxies_of_the_environment_are_not_used() {
        let delivers = "webhook_sender::tests::an_allowed_receiver_gets_what_was_sent";
        let nobody = "http://127.0.0.1:1";
        let again = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", delivers])
            .envs([("http_proxy", nobody), ("https_proxy", nobody), ("all_proxy", nobody)])
            .env_remove("no_proxy")
            .env_remove("NO_PROXY")
            .output()
            .unwrap();
        assert!(again.status.success() && String::from_utf8_lossy(&again.stdout).contains("1 passed"), "{again:?}");
    }
}
