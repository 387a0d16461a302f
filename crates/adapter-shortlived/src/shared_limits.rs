use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kernel::{Bucket, Charged, Clock, Fault, Limit, RateLimits, Secret};
use tokio::time::timeout;

use crate::breaker::Breaker;
use crate::redis_counter::RedisCounter;
use crate::{BadRedisUrl, MemoryLimits};

/// Counts in a Redis 6.2 or later, or a Valkey, for nodes that share it; while it does not answer, in the process, where
/// counting goes on from what was last heard. What was counted so is told the server when it is back.
pub struct SharedLimits(Arc<Shared>);

struct Shared {
    redis: RedisCounter,
    memory: MemoryLimits,
    breaker: Breaker,
}

/// How long a request waits for the server.
const PATIENCE: Duration = Duration::from_millis(500);

impl SharedLimits {
    /// By this address, as [`RedisEphemeral`](crate::RedisEphemeral) takes it. A server out of reach is no error.
    pub fn connect(url: &Secret, clock: Arc<dyn Clock>) -> Result<Self, BadRedisUrl> {
        let (redis, memory) = (RedisCounter::connect(url)?, MemoryLimits::new(clock));
        Ok(Self(Arc::new(Shared { redis, memory, breaker: Breaker::default() })))
    }

    /// Whether the server counts, or would.
    pub async fn ping(&self) -> Result<(), Fault> {
        self.0.redis.ping().await
    }
}

impl Shared {
    async fn ask(&self, bucket: Bucket, limit: Limit) -> Option<Charged> {
        let asked = timeout(PATIENCE, self.redis.count(bucket, limit, self.memory.known(bucket))).await;
        match asked.unwrap_or_else(|late| Err(Fault::Unavailable(late.into()))) {
            Ok((window, charged)) => {
                self.memory.learn(bucket, window);
                Some(charged)
            }
            Err(fault) => {
                if self.breaker.open() {
                    tracing::warn!(fault = %told(&fault), "requests are counted on this node alone: Redis does not count them");
                }
                None
            }
        }
    }

    async fn look(&self) {
        if self.redis.ping().await.is_ok() {
            self.breaker.close();
            tracing::info!("requests are counted by Redis again");
        }
    }
}

fn told(fault: &Fault) -> String {
    let cause = std::error::Error::source(fault);
    cause.map_or_else(|| fault.to_string(), |cause| format!("{fault}: {cause}"))
}

#[async_trait]
impl RateLimits for SharedLimits {
    async fn charge(&self, bucket: Bucket, limit: Limit) -> Result<Charged, Fault> {
        let Self(shared) = self;
        if shared.breaker.is_closed() {
            if let Some(charged) = shared.ask(bucket, limit).await {
                return Ok(charged);
            }
        } else if shared.breaker.is_to_look() {
            let shared = Arc::clone(shared);
            tokio::spawn(async move { shared.look().await });
        }
        Ok(shared.memory.count(bucket, limit))
    }
}
