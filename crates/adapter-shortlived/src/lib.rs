//! What lives for minutes and may be lost: [`MemoryEphemeral`] for one node, [`RedisEphemeral`] for many.

mod memory_ephemeral;
mod redis_ephemeral;
mod redis_line;
mod redis_url;

pub use memory_ephemeral::MemoryEphemeral;
pub use redis_ephemeral::RedisEphemeral;
pub use redis_url::BadRedisUrl;
