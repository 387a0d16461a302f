use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kernel::testing::NOON;
use kernel::{Bucket, Charged, Fault, Limit, RateLimits, Window};

use crate::{LimitTable, RequestLimits};

/// Counts at noon.
#[derive(Default)]
pub(crate) struct Counting(Mutex<HashMap<Bucket, Window>>);

#[async_trait]
impl RateLimits for Counting {
    async fn charge(&self, bucket: Bucket, limit: Limit) -> Result<Charged, Fault> {
        let mut windows = self.0.lock().unwrap();
        let (window, charged) = limit.charge(windows.get(&bucket).copied(), NOON);
        windows.insert(bucket, window);
        Ok(charged)
    }
}

/// So many of each kind.
pub(crate) fn limits(most: u32) -> RequestLimits {
    let table = LimitTable {
        login_per_minute: most,
        sign_up_per_minute: most,
        anonymous_per_hour: most,
        requests_per_minute: most,
    };
    RequestLimits { store: Arc::new(Counting::default()), table }
}
