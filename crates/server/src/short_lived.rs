//! Where what lives for minutes is kept, and requests are counted.

use std::sync::Arc;

use adapter_http::{Part, RequestLimits};
use adapter_shortlived::{MemoryEphemeral, MemoryLimits, RedisEphemeral, SharedLimits};
use async_trait::async_trait;
use kernel::{Clock, Ephemeral, Fault, RateLimits};

use crate::config::Config;
use crate::serve::Trouble;

/// In Redis where one is configured, else in the process: then whoever begins something must come back to this node.
pub struct ShortLived {
    pub ephemeral: Arc<dyn Ephemeral>,
    /// Absent where requests are not counted.
    pub limits: Option<RequestLimits>,
    /// What `/readyz` asks, where it is a part of its own.
    pub part: Option<Arc<dyn Part>>,
}

impl ShortLived {
    pub fn open(config: &Config, clock: &Arc<dyn Clock>) -> Result<Self, Trouble> {
        let limits = |store| config.rate_limits.then_some(RequestLimits { store, table: config.limits });
        let Some(url) = &config.redis_url else {
            let counter: Arc<dyn RateLimits> = Arc::new(MemoryLimits::new(Arc::clone(clock)));
            let ephemeral = Arc::new(MemoryEphemeral::new(Arc::clone(clock)));
            return Ok(Self { ephemeral, limits: limits(counter), part: None });
        };
        let redis = Arc::new(RedisEphemeral::connect(url)?);
        let counter = Arc::new(SharedLimits::connect(url, Arc::clone(clock))?);
        let part = RedisPart { redis: redis.clone(), counter: config.rate_limits.then(|| counter.clone()) };
        Ok(Self { ephemeral: redis, limits: limits(counter), part: Some(Arc::new(part)) })
    }
}

struct RedisPart {
    redis: Arc<RedisEphemeral>,
    counter: Option<Arc<SharedLimits>>,
}

#[async_trait]
impl Part for RedisPart {
    fn name(&self) -> &'static str {
        "redis"
    }

    /// Without it, what is begun on this node alone fails: the rest goes on, and every other node is without it too.
    fn is_needed(&self) -> bool {
        false
    }

    async fn check(&self) -> Result<(), Fault> {
        self.redis.ping().await?;
        match &self.counter {
            Some(counter) => counter.ping().await,
            None => Ok(()),
        }
    }
}
