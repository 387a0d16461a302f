//! A server that is told to stop says so, finishes what has begun, and takes nothing new.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::database::TestDatabase;
use crate::support::eventually;
use crate::support::process::Process;

/// What is answered to a request on a connection of its own; `None` where nobody takes it.
async fn ask(address: &str, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    Some(answer).filter(|it| !it.is_empty())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_is_answered_before_the_end() {
    server::use_aws_lc_rs();
    let database = TestDatabase::new().await;
    let dir = std::env::temp_dir().join(format!("portcullis-stopping-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory can be made");
    let mut server = Process::start_with(&dir, Some(&database.url), &[("PORTCULLIS_DRAIN_SECONDS", "5")]).await;
    let address = server.url.trim_start_matches("http://").to_owned();
    let ready = "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assert!(ask(&address, ready).await.expect("it serves").starts_with("HTTP/1.1 200 "));

    let body = r#"{"email": "nobody@example.com", "password": "Wrong-Horse-42"}"#;
    let (begin, rest) = body.split_at(20);
    let head = format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut under_way = TcpStream::connect(&address).await.expect("it serves");
    under_way.write_all(format!("{head}{begin}").as_bytes()).await.expect("it reads");
    eventually("the request is under way", async || {
        let metrics = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let text = ask(&address, metrics).await.unwrap_or_default();
        text.contains("portcullis_http_requests_under_way 2\n")
    })
    .await;
    // One that nobody uses must not be waited for.
    let idle = TcpStream::connect(&address).await.expect("it serves");

    server.begin_to_terminate().await;
    eventually("it says that it is about to go", async || {
        let answer = ask(&address, ready).await.unwrap_or_default();
        answer.starts_with("HTTP/1.1 503 ") && answer.contains("\"parts\":[\"stopping\"]")
    })
    .await;
    eventually("it takes nothing new", async || ask(&address, ready).await.is_none()).await;
    under_way.write_all(rest.as_bytes()).await.expect("it still reads");
    let mut answer = [0; 12];
    let read = timeout(Duration::from_mins(1), under_way.read_exact(&mut answer)).await;
    read.expect("it answers in time").expect("it answers");
    assert_eq!(&answer, b"HTTP/1.1 401");
    drop(under_way);
    assert!(server.ended().await.success());
    drop(idle);
    std::fs::remove_dir_all(&dir).ok();
}
