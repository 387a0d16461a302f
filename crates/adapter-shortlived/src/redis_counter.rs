use chrono::TimeDelta;
use kernel::{Bucket, Charged, Fault, Limit, Secret, Time, Window};
use redis::Client;

use crate::BadRedisUrl;
use crate::redis_line::{Line, Lua};
use crate::redis_url::parse;

/// Counts requests in a Redis: one script for each.
pub(crate) struct RedisCounter {
    line: Line,
    charge: Lua,
}

impl RedisCounter {
    pub fn connect(url: &Secret) -> Result<Self, BadRedisUrl> {
        let client = Client::open(parse(url)?).map_err(|_| BadRedisUrl::Form)?;
        Ok(Self { line: Line::new(client), charge: Lua::new(include_str!("charge.lua")) })
    }

    /// What becomes of a request, and of the window it falls into, of which this node knows so much.
    pub async fn count(&self, bucket: Bucket, limit: Limit, known: Option<Window>) -> Result<(Window, Charged), Fault> {
        let key = format!("portcullis:limits:{}:{}", bucket.kind.as_str(), bucket.payer);
        self.run(&key, limit, known).await
    }

    /// Whether the server answers, and knows and permits what [`RedisCounter::count`] needs of it.
    pub async fn ping(&self) -> Result<(), Fault> {
        let limit = Limit { most: 1, window: TimeDelta::seconds(1) };
        self.run("portcullis:limits:ping", limit, None).await.map(drop)
    }

    async fn run(&self, key: &str, limit: Limit, known: Option<Window>) -> Result<(Window, Charged), Fault> {
        let known = known.map_or((0, 0), |it| (it.used, it.ends.timestamp_millis()));
        let arguments = [i64::from(limit.most), limit.window.num_milliseconds(), i64::from(known.0), known.1];
        let (passes, used, ends, now): (bool, u32, i64, i64) = self.line.run(&self.charge, key, &arguments).await?;
        let moment = |milliseconds| {
            Time::from_timestamp_millis(milliseconds).ok_or_else(|| Fault::defect("Redis names a moment that is none"))
        };
        let (ends, at) = (moment(ends)?, moment(now)?);
        Ok((Window { used, ends }, Charged { passes, remaining: limit.most.saturating_sub(used), ends, at }))
    }
}
