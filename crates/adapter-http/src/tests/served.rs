//! What only shows on a socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use super::*;
use crate::serve;

/// Serves until `ask` has been answered; it runs on a thread of its own, for it blocks.
async fn served<T: Send + 'static>(ask: impl FnOnce(SocketAddr) -> T + Send + 'static) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = serve(listener, None, Ports::default().app()).unwrap();
    let handle = server.handle();
    let running = tokio::spawn(server);
    let answer = tokio::task::spawn_blocking(move || ask(address)).await.unwrap();
    handle.stop(true).await;
    running.await.unwrap().unwrap();
    answer
}

/// Everything the server says until it hangs up.
fn exchange(address: SocketAddr, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(sent).unwrap();
    let mut answer = Vec::new();
    // A server that hangs up on what it will not read resets the connection after its answer.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_serves_within_a_running_runtime_and_stops_when_told() {
    let answer =
        served(|address| exchange(address, b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("{\"status\":\"alive\"}"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_announced_size_is_refused_before_it_is_sent() {
    let head = b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n\
                 Content-Length: 1099511627776\r\n\r\n";
    let answer = served(|address| exchange(address, head)).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("\"type\":\"payload_too_large\""), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_for_the_head_only_gets_the_head_only() {
    for path in ["/livez", "/docs/", "/verify-email"] {
        let request = format!("HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = served(move |address| exchange(address, request.as_bytes())).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_targets_are_answered_in_the_envelope() {
    let odd = ["OPTIONS *", "CONNECT x:443", "GET http://x/nothing", "GET /%00", "BREW /livez"];
    for target in odd {
        let request = format!("{target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = served(move |address| exchange(address, request.as_bytes())).await;
        assert!(answer.starts_with("HTTP/1.1 40") && answer.contains("\"request_id\":\""), "{target}: {answer}");
    }
}
