//! Without a database of one's own: the server brings one, stops it, and finds it again.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::Reply;
use crate::support::process::Process;
use crate::support::world::PASSWORD;

fn data_dir(name: &str) -> PathBuf {
    // Short, for the socket's path; and where the user PostgreSQL runs as may go.
    let dir = std::env::temp_dir().join(format!("pp-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory can be made");
    dir
}

async fn post(server: &Process, path: &str, body: serde_json::Value) -> Reply {
    let url = format!("{}/api/v1{path}", server.url);
    Reply::of(reqwest::Client::new().post(url).json(&body).send().await.expect("the server answers")).await
}

async fn sign_up(server: &Process) {
    let owner = json!({"email": "ada@example.com", "username": "ada", "password": PASSWORD});
    post(server, "/tenants", json!({"name": "Acme", "slug": "acme", "owner": owner})).await.expect(201);
}

async fn log_in(server: &Process) -> Reply {
    post(server, "/auth/login", json!({"email": "ada@example.com", "password": PASSWORD})).await
}

fn is_running(data_dir: &Path) -> bool {
    data_dir.join("postgres/data/postmaster.pid").exists()
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_stops_its_postgresql_and_finds_everything_again() {
    server::use_aws_lc_rs();
    let data_dir = data_dir("stop");
    let mut server = Process::start(&data_dir, None).await;
    assert!(is_running(&data_dir));
    sign_up(&server).await;
    assert!(server.terminate().await.success());
    assert!(!is_running(&data_dir));

    let mut server = Process::start(&data_dir, None).await;
    log_in(&server).await.expect(200);
    assert!(server.terminate().await.success());
    std::fs::remove_dir_all(&data_dir).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_it_recovers_with_the_next_start() {
    server::use_aws_lc_rs();
    let data_dir = data_dir("kill");
    let mut server = Process::start(&data_dir, None).await;
    sign_up(&server).await;
    server.kill().await;
    assert!(is_running(&data_dir), "what is killed can't stop anything");

    let mut server = Process::start(&data_dir, None).await;
    log_in(&server).await.expect(200);
    assert!(server.terminate().await.success());
    assert!(!is_running(&data_dir));
    std::fs::remove_dir_all(&data_dir).ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn when_its_postgresql_is_gone_it_ends_and_says_so() {
    server::use_aws_lc_rs();
    let data_dir = data_dir("lost");
    let mut server = Process::start(&data_dir, None).await;
    sign_up(&server).await;
    let pid = std::fs::read_to_string(data_dir.join("postgres/data/postmaster.pid")).expect("PostgreSQL runs");
    let pid = pid.lines().next().expect("it says its number");
    let killed = std::process::Command::new("kill").args(["-9", pid]).status().expect("kill can be called");
    assert!(killed.success());
    assert!(!server.ended().await.success());

    let mut server = Process::start(&data_dir, None).await;
    log_in(&server).await.expect(200);
    assert!(server.terminate().await.success());
    std::fs::remove_dir_all(&data_dir).ok();
}
