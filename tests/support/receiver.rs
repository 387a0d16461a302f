use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

/// What a webhook receiver was sent.
#[derive(Clone, Debug)]
pub struct Received {
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("webhooks carry JSON")
    }
}

/// A real HTTP receiver on a port of its own, which answers as it is told.
pub struct Receiver {
    pub port: u16,
    received: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<Vec<u16>>>,
    handle: actix_web::dev::ServerHandle,
}

impl Receiver {
    /// What it says beside an answer that has room for it.
    pub const SAYS: &str = "Received, \0 or not.";

    /// Answers these in turn, then 204 for ever.
    pub fn start(answers: &[u16]) -> Self {
        Self::begin(answers, false)
    }

    /// Takes everything and answers nothing.
    pub fn silent() -> Self {
        Self::begin(&[], true)
    }

    fn begin(answers: &[u16], silent: bool) -> Self {
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let answers = Arc::new(Mutex::new(answers.iter().rev().copied().collect::<Vec<u16>>()));
        let (log, queue) = (Arc::clone(&received), Arc::clone(&answers));
        let server = HttpServer::new(move || {
            let (log, queue) = (Arc::clone(&log), Arc::clone(&queue));
            App::new().default_service(web::to(move |request: HttpRequest, body: String| {
                let headers = request.headers().iter();
                let headers = headers.map(|(k, v)| (k.to_string(), v.to_str().unwrap_or("").to_owned())).collect();
                log.lock().expect("no test panics while it holds this").push(Received { headers, body });
                let status = queue.lock().expect("no test panics while it holds this").pop().unwrap_or(204);
                let status = actix_web::http::StatusCode::from_u16(status).expect("tests answer real statuses");
                async move {
                    if silent {
                        std::future::pending::<()>().await;
                    }
                    let mut response = HttpResponse::build(status);
                    if status == 204 { response.finish() } else { response.body(Self::SAYS) }
                }
            }))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .expect("a port is free");
        let port = server.addrs()[0].port();
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { port, received, answers, handle }
    }

    /// What there is to POST to.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    pub fn all(&self) -> Vec<Received> {
        self.received.lock().expect("no test panics while it holds this").clone()
    }

    /// Waits until what was received satisfies.
    pub async fn until(&self, satisfied: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        for _ in 0..300 {
            let all = self.all();
            if satisfied(&all) {
                return all;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("still not received; answers left: {:?}; received: {:#?}", self.answers, self.all());
    }

    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}
