use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{Clock, Fault, Ids, rfc3339};
use serde_json::json;

use crate::ports::{Deliveries, Due, Sender, Settled};
use crate::{retry_at, sign};

/// Tries deliveries.
#[derive(Clone)]
pub struct Deliver {
    /// What waits.
    pub deliveries: Arc<dyn Deliveries>,
    /// The way out.
    pub sender: Arc<dyn Sender>,
    /// What time it is: each try is signed with its own.
    pub clock: Arc<dyn Clock>,
    /// Where jitter comes from.
    pub ids: Arc<dyn Ids>,
}

impl Deliver {
    /// How long a claimed delivery is this node's; longer than the slowest try.
    const LEASE: TimeDelta = TimeDelta::seconds(60);

    /// Takes up to `most` due deliveries.
    pub async fn claim(&self, most: u16) -> Result<Vec<Due>, Fault> {
        let now = self.clock.now();
        self.deliveries.claim(now, now + Self::LEASE, most).await
    }

    /// Signs, sends and settles one: 2xx is delivered, everything else is tried again while the schedule lasts.
    pub async fn attempt(&self, due: Due) -> Result<(), Fault> {
        let sent_at = self.clock.now();
        let body = json!({
            "id": due.event,
            "type": due.kind,
            "timestamp": rfc3339(due.happened_at),
            "organization_id": due.organization,
            "data": due.data,
        })
        .to_string();
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", due.event.to_string()),
            ("webhook-timestamp", sent_at.timestamp().to_string()),
            ("webhook-signature", sign(&due.secret, due.event, sent_at, &body)?),
        ];
        let answer = self.sender.post(&due.url, &headers, body).await;
        let now = self.clock.now();
        let (status, error) = match answer {
            Ok(status @ 200..=299) => {
                return self.deliveries.settle(due.delivery, now, Settled::Delivered { status }).await;
            }
            Ok(status) => (Some(status), format!("answered {status}")),
            Err(error) => (None, error.to_string()),
        };
        let settled = match retry_at(due.tries + 1, now, self.ids.bytes()[0]) {
            Some(at) => Settled::Retry { at, status, error },
            None => Settled::GivenUp { status, error },
        };
        self.deliveries.settle(due.delivery, now, settled).await
    }
}
