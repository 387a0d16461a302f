//! Without a database of one's own: the server brings one, stops it, and finds it again.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::Reply;
use crate::support::process::Process;
use crate::support::world::PASSWORD;

/// A data directory; a test that fails leaves no PostgreSQL behind in it.
struct DataDir(PathBuf);

impl DataDir {
    fn new(name: &str) -> Self {
        // Short, for the socket's path; and where the user PostgreSQL runs as may go.
        let dir = Path::new("/tmp").join(format!("pp-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory can be made");
        Self(dir)
    }

    /// PostgreSQL's, while it runs.
    fn pid(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.0.join("postgres/data/postmaster.pid")).ok()?;
        text.lines().next().map(str::to_owned)
    }

    fn signal_postgres(&self, signal: &str) -> bool {
        let kill = |pid: String| std::process::Command::new("kill").args([signal, &pid]).status();
        self.pid().is_some_and(|pid| kill(pid).is_ok_and(|it| it.success()))
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        self.signal_postgres("-QUIT");
        std::fs::remove_dir_all(&self.0).ok();
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_stops_its_postgresql_and_finds_everything_again() {
    server::use_aws_lc_rs();
    let data_dir = DataDir::new("stop");
    let mut server = Process::start(&data_dir.0, None).await;
    assert!(data_dir.pid().is_some());
    sign_up(&server).await;
    assert!(server.terminate().await.success());
    assert!(data_dir.pid().is_none());

    let mut server = Process::start(&data_dir.0, None).await;
    log_in(&server).await.expect(200);
    assert!(server.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_it_recovers_with_the_next_start() {
    server::use_aws_lc_rs();
    let data_dir = DataDir::new("kill");
    let mut server = Process::start(&data_dir.0, None).await;
    sign_up(&server).await;
    server.kill().await;
    assert!(data_dir.pid().is_some(), "what is killed can't stop anything");

    let mut server = Process::start(&data_dir.0, None).await;
    log_in(&server).await.expect(200);
    assert!(server.terminate().await.success());
    assert!(data_dir.pid().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn when_its_postgresql_is_gone_it_ends_and_says_so() {
    server::use_aws_lc_rs();
    let data_dir = DataDir::new("lost");
    let mut server = Process::start(&data_dir.0, None).await;
    sign_up(&server).await;
    assert!(data_dir.signal_postgres("-KILL"));
    assert!(!server.ended().await.success());

    let mut server = Process::start(&data_dir.0, None).await;
    log_in(&server).await.expect(200);
    assert!(server.terminate().await.success());
}
