use std::time::Duration;

use async_trait::async_trait;
use kernel::{Fault, Secret};
use reqwest::Response;
use reqwest::header::{HeaderValue, RETRY_AFTER, USER_AGENT};
use tracing::field::Empty;
use tracing::{Instrument, Span, debug, info_span};
use url::Url;
use webhooks::EndpointUrl;
use webhooks::ports::{Answer, SendError, Sender};

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
    async fn admits(&self, url: &EndpointUrl) -> bool {
        match Url::parse(url.as_str()) {
            Ok(url) => self.guard.admits(&url).await,
            Err(_) => false,
        }
    }

    async fn post(&self, url: &EndpointUrl, headers: &[(String, Secret)], body: String) -> Result<Answer, SendError> {
        // For a trace, without the address: it may hold a secret.
        let span = info_span!(
            target: "client", "webhook", otel.name = "POST", otel.kind = "client", http.request.method = "POST",
            http.response.status_code = Empty, error.type = Empty, otel.status_code = Empty
        );
        let answer = self.send(url, headers, body).instrument(span.clone()).await;
        tell(&span, &answer);
        answer
    }
}

impl WebhookSender {
    async fn send(&self, url: &EndpointUrl, headers: &[(String, Secret)], body: String) -> Result<Answer, SendError> {
        let url = Url::parse(url.as_str()).map_err(|_| SendError::NoAnswer)?;
        let client = self.guard.client(&url).ok_or(SendError::NoAnswer)?;
        let mut request = client.post(url).header(USER_AGENT, AGENT).body(body);
        for (name, value) in headers {
            let mut value = HeaderValue::try_from(value.expose()).map_err(|_| SendError::NoAnswer)?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let answered = async { read(request.send().await?).await };
        answered.await.map_err(|error: reqwest::Error| {
            // The operator's to know, never the organization's: it tells closed ports from filtered ones.
            debug!(error = ?error.without_url(), "a webhook receiver gave no answer");
            SendError::NoAnswer
        })
    }
}

fn tell(span: &Span, answer: &Result<Answer, SendError>) {
    match answer {
        Ok(Answer { status, .. }) => {
            span.record("http.response.status_code", status);
            if *status >= 400 {
                span.record("otel.status_code", "ERROR").record("error.type", status.to_string());
            }
        }
        Err(SendError::NoAnswer) => {
            span.record("otel.status_code", "ERROR").record("error.type", "no_answer");
        }
    }
}

/// The most of an answer that is read, in bytes; a connection that says more is closed.
const READ: usize = 64 * 1024;

async fn read(mut response: Response) -> Result<Answer, reqwest::Error> {
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok()).map(str::to_owned);
    let mut body = Vec::new();
    while body.len() < READ
        && let Some(chunk) = response.chunk().await?
    {
        body.extend_from_slice(&chunk[..chunk.len().min(READ - body.len())]);
    }
    Ok(Answer { status, retry_after, body })
}

#[cfg(test)]
pub(crate) mod tests {
    use std::process::Command;
    use std::{iter, slice};

    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::{sleep, timeout};

    use super::*;

    pub(crate) fn install_provider() {
        // Another test may have been first.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }

    fn sender(allowed: &[String], patience: Duration) -> WebhookSender {
        install_provider();
        WebhookSender::patient(allowed.to_vec(), patience).unwrap()
    }

    async fn post(sender: &WebhookSender, url: &str) -> Result<Answer, SendError> {
        let headers =
            [("content-type", "application/json"), ("webhook-id", "evt_1"), ("webhook-signature", "v1,c2lnbmF0dXJl")];
        let headers = headers.map(|(name, value)| (name.to_owned(), Secret::new(value)));
        let url = EndpointUrl::stored(url).unwrap();
        // What never ends should fail, not hang.
        timeout(MINUTE * 2, sender.post(&url, &headers, BODY.to_owned())).await.unwrap()
    }

    const BODY: &str = r#"{"type":"user.created","name":"Größe 蜂"}"#;
    const MINUTE: Duration = Duration::from_mins(1);
    const A_MOMENT: Duration = Duration::from_secs(1);

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

    /// What was answered, and what the receiver saw; a delivery that fails ends the wait for it.
    async fn deliver<T>(sender: &WebhookSender, url: &str, receiver: impl Future<Output = T>) -> (Answer, T) {
        tokio::try_join!(post(sender, url), async { Ok(receiver.await) }).unwrap()
    }

    #[tokio::test]
    async fn an_allowed_receiver_gets_what_was_sent() {
        let receiver = Receiver::new().await;
        for host in ["127.0.0.1", "localhost"] {
            let sender = sender(&[receiver.at(host)], MINUTE);
            let url = format!("http://{}/hooks?a=b", receiver.at(host));
            let accepted = receiver.answer("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n");
            let (answer, (head, body)) = deliver(&sender, &url, accepted).await;
            assert_eq!(answer, Answer { status: 202, retry_after: None, body: Vec::new() });
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
        let sender = sender(&["hooks.internal".to_owned(), "localhost:1".to_owned()], A_MOMENT);
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
            let head = format!("HTTP/1.1 {status} Away\r\nlocation: {url}away\r\n");
            let away = format!("{head}connection: close\r\ncontent-length: 0\r\n\r\n");
            assert_eq!(deliver(&sender, &url, receiver.answer(&away)).await.0.status, status);
            assert!(receiver.saw_nobody_more().await, "{status}");
        }
    }

    #[tokio::test]
    async fn sender_2_a_silent_receiver_is_left() {
        let receiver = Receiver::new().await;
        let sender = sender(&["127.0.0.1".to_owned()], A_MOMENT);
        let url = format!("http://{}/", receiver.at("127.0.0.1"));
        assert_eq!(post(&sender, &url).await, Err(SendError::NoAnswer));
        assert_eq!(receiver.take().await.1, BODY);
    }

    #[tokio::test]
    async fn sender_2_so_is_one_that_never_ends_its_answer() {
        for beginning in ["HTTP/1.1 200 OK\r\nx-so-far: ", "HTTP/1.1 200 OK\r\ncontent-length: 3600\r\n\r\n"] {
            let receiver = Receiver::new().await;
            let sender = sender(&["127.0.0.1".to_owned()], A_MOMENT);
            let url = format!("http://{}/", receiver.at("127.0.0.1"));
            let mut answering = false;
            let dribble = async {
                let (.., mut stream) = receiver.take().await;
                for byte in beginning.as_bytes().iter().chain(iter::repeat(&b'.')) {
                    stream.write_all(slice::from_ref(byte)).await.unwrap();
                    sleep(A_MOMENT / 100).await;
                    answering = true;
                }
            };
            tokio::select! {
                answer = post(&sender, &url) => assert_eq!(answer, Err(SendError::NoAnswer)),
                () = dribble => unreachable!(),
            }
            assert!(answering);
        }
    }

    #[tokio::test]
    async fn what_a_receiver_says_is_told() {
        let receiver = Receiver::new().await;
        let sender = sender(&["127.0.0.1".to_owned()], MINUTE);
        let url = format!("http://{}/", receiver.at("127.0.0.1"));
        let busy = "HTTP/1.1 503 Busy\r\nretry-after: 120\r\ncontent-length: 5\r\n\r\nLater";
        let expected = Answer { status: 503, retry_after: Some("120".to_owned()), body: b"Later".to_vec() };
        assert_eq!(deliver(&sender, &url, receiver.answer(busy)).await.0, expected);
    }

    #[tokio::test]
    async fn sender_4_of_an_endless_body_64_kib_are_read() {
        let receiver = Receiver::new().await;
        let sender = sender(&["127.0.0.1".to_owned()], MINUTE);
        let url = format!("http://{}/", receiver.at("127.0.0.1"));
        let talk_until_hung_up_on = async {
            let (.., mut stream) = receiver.take().await;
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        };
        let (answer, ()) = deliver(&sender, &url, talk_until_hung_up_on).await;
        assert_eq!((answer.status, answer.body.len()), (200, 64 * 1024));
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
