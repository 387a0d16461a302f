use std::path::Path;
use std::sync::Arc;

use adapter_crypto::{Argon2Parameters, RandomIds};
use kernel::Secret;
use server::{Config, Running};

use super::clock::MovableClock;
use super::database::TestDatabase;

/// A whole server in this process, with pools and caches of its own.
pub struct Node {
    pub url: String,
    _running: Running,
}

impl Node {
    pub async fn start(
        database: &TestDatabase,
        data_dir: &Path,
        clock: &Arc<MovableClock>,
        configure: &impl Fn(&mut Config),
    ) -> Self {
        server::use_aws_lc_rs();
        let mut config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            public_url: "http://127.0.0.1:0".to_owned(),
            data_dir: data_dir.to_owned(),
            database_url: Some(Secret::new(database.url.clone())),
            secret_key: Some(Secret::new("9f2c1f0be3a7d45860712bd94c8e55aa61d0b3f7")),
            webhook_allow_hosts: vec!["127.0.0.1".to_owned()],
            // A test asks more than anybody may.
            rate_limits: false,
            argon2: Argon2Parameters { memory: 8, passes: 1, lanes: 1 },
            ..Config::default()
        };
        configure(&mut config);
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let clock: Arc<MovableClock> = Arc::clone(clock);
        let running = server::start(config, clock, Arc::new(RandomIds::default())).await.expect("the server starts");
        Self { url: format!("{scheme}://{}", running.address()), _running: running }
    }
}
