use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use kernel::testing::NOON;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::signing::Signer;

pub const CONFIGURATION: &str = "/.well-known/openid-configuration";
pub const KEYS: &str = "/jwks";
pub const TOKEN: &str = "/token";

/// How a door is answered instead of with what it should say.
#[derive(Clone, Debug)]
pub enum Answer {
    Says(u16, Value),
    Redirects,
    NeverEnds,
    Dribbles,
    Silent,
}

/// What it says, for a test to change.
pub struct Lies {
    /// Over the right claims; `null` takes one away.
    pub claims: Value,
    /// Over the right metadata; `null` takes one away.
    pub metadata: Value,
    pub keys: Vec<Value>,
    pub signer: Signer,
    pub kid: &'static str,
    pub doors: HashMap<&'static str, Answer>,
    /// Method, path, headers and body of every request.
    pub asked: Vec<[String; 4]>,
}

/// An OpenID provider that says what it is told to, and hears everything.
pub struct LyingProvider {
    pub url: String,
    lies: Arc<Mutex<Lies>>,
    serving: JoinHandle<()>,
}

impl Drop for LyingProvider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl LyingProvider {
    /// An honest one, until it is told otherwise.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let signer = Signer::p256();
        let lies = Lies {
            claims: json!({}),
            metadata: json!({}),
            keys: vec![signer.jwk("k1")],
            signer,
            kid: "k1",
            doors: HashMap::new(),
            asked: Vec::new(),
        };
        let lies = Arc::new(Mutex::new(lies));
        let (heard, at) = (Arc::clone(&lies), url.clone());
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (heard, at) = (Arc::clone(&heard), at.clone());
                // A client that has heard enough hangs up.
                tokio::spawn(async move { serve(stream, &heard, &at).await.ok() });
            }
        });
        Self { url, lies, serving }
    }

    pub fn lies(&self) -> MutexGuard<'_, Lies> {
        self.lies.lock().unwrap()
    }

    pub fn asked(&self, path: &str) -> usize {
        self.lies().asked.iter().filter(|[_, it, ..]| it == path).count()
    }
}

async fn serve(stream: TcpStream, lies: &Mutex<Lies>, url: &str) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let length = head.lines().find_map(|it| it.strip_prefix("content-length: ")).map_or(0, |it| it.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let mut line = head.lines().next().unwrap().split(' ').map(str::to_owned);
    let (method, path) = (line.next().unwrap(), line.next().unwrap());
    let answer = {
        let mut lies = lies.lock().unwrap();
        lies.asked.push([method, path.clone(), head, String::from_utf8(body).unwrap()]);
        let told = lies.doors.iter().find(|(door, _)| path.ends_with(**door)).map(|(_, it)| it.clone());
        told.unwrap_or_else(|| lies.answer(&path, url))
    };
    let mut stream = stream.into_inner();
    let head = |status, more: &str| {
        format!("HTTP/1.1 {status} So\r\nconnection: close\r\ncontent-type: application/json\r\n{more}\r\n")
    };
    match answer {
        Answer::Says(status, said) => {
            let said = said.to_string();
            let head = head(status, &format!("content-length: {}\r\n", said.len()));
            stream.write_all(format!("{head}{said}").as_bytes()).await
        }
        Answer::Redirects => {
            let more = format!("content-length: 0\r\nlocation: {url}/away\r\n");
            stream.write_all(head(307, &more).as_bytes()).await
        }
        Answer::NeverEnds => {
            stream.write_all(head(200, "").as_bytes()).await?;
            loop {
                stream.write_all(&[b' '; 1 << 14]).await?;
            }
        }
        Answer::Dribbles => {
            stream.write_all(head(200, "").as_bytes()).await?;
            loop {
                stream.write_all(b" ").await?;
                sleep(Duration::from_millis(10)).await;
            }
        }
        Answer::Silent => pending().await,
    }
}

fn over(mut right: Value, lies: &Value) -> Value {
    for (name, lie) in lies.as_object().unwrap() {
        match lie {
            Value::Null => right.as_object_mut().unwrap().remove(name),
            lie => right.as_object_mut().unwrap().insert(name.clone(), lie.clone()),
        };
    }
    right
}

impl Lies {
    fn answer(&self, path: &str, url: &str) -> Answer {
        let said = match path {
            it if it.ends_with(CONFIGURATION) => over(
                json!({
                    "issuer": url,
                    "authorization_endpoint": format!("{url}/authorize"),
                    "token_endpoint": format!("{url}{TOKEN}"),
                    "jwks_uri": format!("{url}{KEYS}"),
                    "userinfo_endpoint": format!("{url}/userinfo"),
                }),
                &self.metadata,
            ),
            KEYS => json!({"keys": self.keys}),
            TOKEN => {
                let now = NOON.timestamp();
                let right = json!({
                    "iss": url, "aud": "ours", "sub": "sub-1", "nonce": "the nonce", "iat": now, "exp": now + 300,
                    "email": "Ada@example.com", "email_verified": true, "auth_time": now - 60,
                });
                let token = self.signer.token(self.kid, &over(right, &self.claims));
                json!({"access_token": "theirs", "token_type": "Bearer", "expires_in": 300, "id_token": token})
            }
            _ => return Answer::Says(404, json!({})),
        };
        Answer::Says(200, said)
    }
}
