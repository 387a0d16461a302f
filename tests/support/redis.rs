use std::path::{Path, PathBuf};
use std::process::Stdio;

use adapter_shortlived::RedisEphemeral;
use kernel::Secret;
use tokio::process::{Child, Command};

use super::eventually;

/// The Redis that all tests share, whose keys must therefore be their own.
pub fn shared_redis() -> Secret {
    Secret::new(of_environment("TEST_REDIS_URL"))
}

fn of_environment(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run `make test`, or `scripts/with-redis cargo test …`"))
}

/// A Redis of one test, stopped when the test is over.
pub struct OwnRedis {
    pub url: Secret,
    dir: PathBuf,
    options: Vec<String>,
    child: Child,
}

impl OwnRedis {
    pub async fn start(name: &str, options: &[&str]) -> Self {
        // Short, for the socket's path.
        let dir = PathBuf::from(format!("/tmp/pr-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory can be made");
        let url = Secret::new(format!("unix://{}/socket", dir.display()));
        let options = options.iter().map(|it| (*it).to_owned()).collect();
        let redis = Self { child: serve(&dir, &options), url, dir, options };
        redis.answers().await;
        redis
    }

    async fn answers(&self) {
        let redis = RedisEphemeral::connect(&self.url).expect("a good URL");
        eventually("a Redis of one's own answers", async || redis.ping().await.is_ok()).await;
    }

    /// `kill -9`: whatever it held is gone.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("a Redis can be killed");
    }

    /// Another in the place of one that was killed.
    pub async fn restart(&mut self) {
        self.child = serve(&self.dir, &self.options);
        self.answers().await;
    }

    /// It answers nothing, and hangs up on nobody.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().expect("it runs").to_string();
        let told = std::process::Command::new("kill").args([signal, &pid]).status().expect("kill can be called");
        assert!(told.success());
    }
}

fn serve(dir: &Path, options: &Vec<String>) -> Child {
    Command::new(of_environment("TEST_REDIS_SERVER"))
        .args(["--port", "0", "--unixsocket", "socket", "--save", "", "--appendonly", "no"])
        .args(options)
        .current_dir(dir)
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("a Redis starts")
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.dir).ok();
    }
}
