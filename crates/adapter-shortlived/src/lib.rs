//! What lives for minutes and may be lost: [`MemoryEphemeral`] for one node, [`RedisEphemeral`] for many. And how many
//! requests came: [`MemoryLimits`] for one node, [`SharedLimits`] for many.

mod breaker;
#[cfg(test)]
mod hand;
mod memory_ephemeral;
mod memory_limits;
mod redis_counter;
mod redis_ephemeral;
mod redis_line;
mod redis_url;
mod shared_limits;

pub use memory_ephemeral::MemoryEphemeral;
pub use memory_limits::MemoryLimits;
pub use redis_ephemeral::RedisEphemeral;
pub use redis_url::BadRedisUrl;
pub use shared_limits::SharedLimits;
