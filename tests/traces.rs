//! A collector of OpenTelemetry is told of every request, under its caller's span, and of no secret.

use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::json;

use crate::support::database::TestDatabase;
use crate::support::process::Process;

/// What came, with the path it came to.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<Sent>>>);

type Sent = (String, Vec<u8>);

impl Collected {
    /// Collects until the process ends, and answers where.
    fn start(&self) -> String {
        let collected = self.clone();
        let server = HttpServer::new(move || {
            let collected = collected.clone();
            let take = move |request: HttpRequest, body: web::Bytes| {
                let is_protobuf =
                    request.headers().get("content-type").is_some_and(|it| it == "application/x-protobuf");
                assert!(is_protobuf, "{request:?}");
                let one = (request.path().to_owned(), body.to_vec());
                collected.0.lock().expect("no test panics while it holds this").push(one);
                async { HttpResponse::Ok().finish() }
            };
            App::new().default_service(web::to(take))
        });
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a port is free");
        let address = server.addrs()[0];
        tokio::spawn(server.run());
        format!("http://{address}")
    }

    fn all(&self) -> Vec<Sent> {
        self.0.lock().expect("no test panics while it holds this").clone()
    }
}

fn count(bodies: &[(String, Vec<u8>)], wanted: &[u8]) -> usize {
    bodies.iter().map(|(_, body)| body.windows(wanted.len()).filter(|it| *it == wanted).count()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_a_span_under_its_callers() {
    server::use_aws_lc_rs();
    let (collected, database) = (Collected::default(), TestDatabase::new().await);
    let endpoint = collected.start();
    let dir = std::env::temp_dir().join(format!("portcullis-traces-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory can be made");
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
    let mut server = Process::start_with(&dir, Some(&database.url), &variables).await;

    let http = reqwest::Client::builder().no_proxy().build().expect("a client can be made");
    let trace = [0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e, 0x47, 0x36];
    let caller = [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7];
    let services = http.get(format!("{}/api/v1/services?canary-in-a-query", server.url));
    let services = services.header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    assert_eq!(services.bearer_auth("canary-as-a-token").send().await.expect("it answers").status(), 401);
    let login = http.post(format!("{}/api/v1/auth/login", server.url));
    let login = login.header("traceparent", "what is none is left alone");
    let login = login.json(&json!({"email": "a@canary.example", "password": "Canary-Horse-42"}));
    assert_eq!(login.send().await.expect("it answers").status(), 401);
    let lost = http.get(format!("{}/canary-in-a-path", server.url));
    assert_eq!(lost.send().await.expect("it answers").status(), 404);
    assert!(server.terminate().await.success());

    let bodies = collected.all();
    assert!(
        bodies.iter().all(|(path, _)| path == "/v1/traces"),
        "{:?}",
        bodies.iter().map(|it| &it.0).collect::<Vec<_>>()
    );
    assert_eq!(count(&bodies, b"request_id"), 3, "one span a request");
    for name in ["GET /api/v1/services", "POST /api/v1/auth/login"] {
        assert_eq!(count(&bodies, name.as_bytes()), 1, "{name}");
    }
    assert_eq!((count(&bodies, &trace), count(&bodies, &caller)), (1, 1), "under its caller's");
    assert!(count(&bodies, b"portcullis") > 0, "it says who sends");
    assert_eq!(count(&bodies, b"canary") + count(&bodies, b"Canary"), 0);
    std::fs::remove_dir_all(&dir).ok();
}
