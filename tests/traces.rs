//! A collector of OpenTelemetry is told of every request, under its caller's span, of what is asked of others for it, and of no
//! secret.

use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::json;

use crate::support::database::TestDatabase;
use crate::support::process::Process;
use crate::support::world::PASSWORD;
use crate::support::{Reply, eventually};

/// What came, with the path it came to.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<Sent>>>);

type Sent = (String, Vec<u8>);

/// Where a webhook is taken, and not liked.
const HOOK: &str = "/canary-in-an-address";

impl Collected {
    /// Collects until the process ends, and answers where.
    fn start(&self) -> String {
        let collected = self.clone();
        let server = HttpServer::new(move || {
            let collected = collected.clone();
            let take = move |request: HttpRequest, body: web::Bytes| {
                let is_protobuf =
                    request.headers().get("content-type").is_some_and(|it| it == "application/x-protobuf");
                assert!(is_protobuf || request.path() == HOOK, "{request:?}");
                let one = (request.path().to_owned(), body.to_vec());
                collected.0.lock().expect("no test panics while it holds this").push(one);
                async move { if is_protobuf { HttpResponse::Ok() } else { HttpResponse::BadGateway() }.finish() }
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

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_of_others_is_a_span_and_traces_have_an_address_of_their_own() {
    server::use_aws_lc_rs();
    let (collected, database) = (Collected::default(), TestDatabase::new().await);
    let collector = collected.start();
    let dir = std::env::temp_dir().join(format!("portcullis-client-traces-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory can be made");
    let own = format!("{collector}/traces/in");
    let receivers = collector.strip_prefix("http://").expect("it is plain HTTP");
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", own.as_str()),
        ("PORTCULLIS_WEBHOOK_ALLOW_HOSTS", receivers),
    ];
    let mut server = Process::start_with(&dir, Some(&database.url), &variables).await;
    let http = reqwest::Client::builder().no_proxy().build().expect("a client can be made");
    let post = async |path: &str, token: &str, body: serde_json::Value| {
        let request = http.post(format!("{}/api/v1{path}", server.url)).bearer_auth(token).json(&body);
        Reply::of(request.send().await.expect("it answers")).await
    };
    let owner = json!({"email": "ada@canary.example", "username": "ada", "password": PASSWORD});
    let acme = post("/tenants", "", json!({"name": "Acme", "slug": "acme", "owner": owner})).await.expect(201);
    let ada = acme.text_of("/access_token");
    let hook = json!({"url": format!("{collector}{HOOK}"), "event_types": ["invitation.created"]});
    post("/webhooks", &ada, hook).await.expect(201);
    post("/team/invite", &ada, json!({"email": "bob@canary.example", "role": "member"})).await.expect(201);
    eventually("a delivery was tried", async || collected.all().iter().any(|(path, _)| path == HOOK)).await;
    eventually("mails were sent", async || {
        database.count("SELECT count(*) FROM mails WHERE sent_at IS NULL").await == 0
    })
    .await;
    assert!(server.terminate().await.success());

    let traces: Vec<_> = collected.all().into_iter().filter(|(path, _)| path != HOOK).collect();
    assert!(traces.iter().all(|(path, _)| path == "/traces/in"), "as it is");
    for name in ["db transaction", "db.system.name", "postgresql", "send mail", "deliver webhook", "error.type", "502"]
    {
        assert!(count(&traces, name.as_bytes()) > 0, "{name}");
    }
    assert_eq!(count(&traces, b"canary") + count(&traces, PASSWORD.as_bytes()) + count(&traces, b"SELECT"), 0);
    std::fs::remove_dir_all(&dir).ok();
}
