//! Where what lives for minutes is kept.

use std::sync::Arc;

use adapter_http::Part;
use adapter_shortlived::{MemoryEphemeral, RedisEphemeral};
use async_trait::async_trait;
use kernel::{Clock, Ephemeral, Fault};

use crate::config::Config;
use crate::serve::Trouble;

/// In Redis where one is configured, else in the process: then whoever begins something must come back to this node.
pub struct ShortLived {
    pub ephemeral: Arc<dyn Ephemeral>,
    /// What `/readyz` asks, where it is a part of its own.
    pub part: Option<Arc<dyn Part>>,
}

impl ShortLived {
    pub fn open(config: &Config, clock: &Arc<dyn Clock>) -> Result<Self, Trouble> {
        let Some(url) = &config.redis_url else {
            return Ok(Self { ephemeral: Arc::new(MemoryEphemeral::new(Arc::clone(clock))), part: None });
        };
        let redis = Arc::new(RedisEphemeral::connect(url)?);
        Ok(Self { ephemeral: redis.clone(), part: Some(Arc::new(RedisPart(redis))) })
    }
}

struct RedisPart(Arc<RedisEphemeral>);

#[async_trait]
impl Part for RedisPart {
    fn name(&self) -> &'static str {
        "redis"
    }

    async fn check(&self) -> Result<(), Fault> {
        self.0.ping().await
    }
}
