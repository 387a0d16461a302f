use std::path::PathBuf;
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
    _child: Child,
}

impl OwnRedis {
    pub async fn start(name: &str, options: &[&str]) -> Self {
        // Short, for the socket's path.
        let dir = PathBuf::from(format!("/tmp/pr-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory can be made");
        let child = Command::new(of_environment("TEST_REDIS_SERVER"))
            .args(["--port", "0", "--unixsocket", "socket", "--save", "", "--appendonly", "no"])
            .args(options)
            .current_dir(&dir)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("a Redis starts");
        let url = Secret::new(format!("unix://{}/socket", dir.display()));
        let redis = RedisEphemeral::connect(&url).expect("a good URL");
        eventually("a Redis of one's own answers", async || redis.ping().await.is_ok()).await;
        Self { url, dir, _child: child }
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.dir).ok();
    }
}
