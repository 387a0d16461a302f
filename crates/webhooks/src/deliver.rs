use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{Clock, Fault, Ids, OrganizationId, rfc3339};
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

    /// Takes up to `most` due deliveries, none of the `busy` organizations.
    pub async fn claim(&self, most: u16, busy: &[OrganizationId]) -> Result<Vec<Due>, Fault> {
        let now = self.clock.now();
        self.deliveries.claim(now, now + Self::LEASE, most, busy).await
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use kernel::testing::{FixedClock, NOON, SeqIds, nth};
    use kernel::{EventId, Id, OrganizationId, Secret};
    use serde_json::Value;
    use uuid::Uuid;

    use super::*;
    use crate::model::{EndpointUrl, SigningSecret};
    use crate::ports::{MockDeliveries, MockSender, SendError};

    fn due(tries: u32) -> Due {
        Due {
            delivery: Uuid::from_u128(9),
            webhook: nth(1),
            url: EndpointUrl::parse("https://hooks.example.com/in", &[]).unwrap(),
            secret: SigningSecret::parse(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).unwrap(),
            event: nth(2),
            kind: "user.created".into(),
            organization: nth(60),
            happened_at: NOON - TimeDelta::hours(1),
            data: json!({"user": {"id": "u"}}),
            tries,
        }
    }

    type Posted = (EndpointUrl, Vec<(&'static str, String)>, String);

    /// Tries it once; what was posted, and how it was settled.
    async fn attempt(tries: u32, answer: Result<u16, SendError>) -> (Posted, Settled) {
        let posted: Arc<Mutex<Vec<Posted>>> = Arc::default();
        let seen = Arc::clone(&posted);
        let mut sender = MockSender::new();
        sender.expect_post().times(1).returning(move |url, headers, body| {
            seen.lock().unwrap().push((url.clone(), headers.to_vec(), body));
            answer
        });
        let settled: Arc<Mutex<Vec<Settled>>> = Arc::default();
        let seen = Arc::clone(&settled);
        let mut deliveries = MockDeliveries::new();
        deliveries.expect_settle().times(1).returning(move |delivery, at, outcome| {
            assert_eq!((delivery, at), (Uuid::from_u128(9), NOON));
            seen.lock().unwrap().push(outcome);
            Ok(())
        });
        let deliver = Deliver {
            deliveries: Arc::new(deliveries),
            sender: Arc::new(sender),
            clock: Arc::new(FixedClock(NOON)),
            ids: Arc::new(SeqIds::default()),
        };
        deliver.attempt(due(tries)).await.unwrap();
        let posted = posted.lock().unwrap().remove(0);
        (posted, settled.lock().unwrap().remove(0))
    }

    #[tokio::test]
    async fn what_is_posted_is_the_event_signed_now() {
        let ((url, headers, body), _) = attempt(3, Ok(204)).await;
        assert_eq!(url.as_str(), "https://hooks.example.com/in");
        assert_eq!(
            serde_json::from_str::<Value>(&body).unwrap(),
            json!({
                "id": nth::<EventId>(2).uuid(),
                "type": "user.created",
                "timestamp": "2026-01-15T11:00:00Z",
                "organization_id": nth::<OrganizationId>(60).uuid(),
                "data": {"user": {"id": "u"}},
            })
        );
        let expected = [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", nth::<EventId>(2).to_string()),
            ("webhook-timestamp", "1768478400".to_owned()),
            ("webhook-signature", sign(&due(0).secret, nth(2), NOON, &body).unwrap()),
        ];
        assert_eq!(headers, expected);
    }

    #[tokio::test]
    async fn any_2xx_is_delivered() {
        for status in [200, 204, 299] {
            assert_eq!(attempt(0, Ok(status)).await.1, Settled::Delivered { status });
        }
    }

    #[tokio::test]
    async fn everything_else_is_tried_again() {
        for status in [199, 301, 302, 400, 410, 500] {
            let Settled::Retry { at, status: told, error } = attempt(0, Ok(status)).await.1 else { panic!("{status}") };
            assert_eq!((told, error), (Some(status), format!("answered {status}")));
            assert_eq!(Some(at), retry_at(1, NOON, 1));
        }
    }

    #[tokio::test]
    async fn no_answer_is_tried_again_and_tells_nothing_of_the_network() {
        let at = retry_at(1, NOON, 1).unwrap();
        let expected = Settled::Retry { at, status: None, error: "no answer".into() };
        assert_eq!(attempt(0, Err(SendError::NoAnswer)).await.1, expected);
    }

    #[tokio::test]
    async fn the_tenth_failure_is_the_last() {
        for tries in 0..9 {
            let Settled::Retry { at, .. } = attempt(tries, Ok(500)).await.1 else { panic!("{tries}") };
            assert_eq!(Some(at), retry_at(tries + 1, NOON, 1));
        }
        let expected = Settled::GivenUp { status: Some(500), error: "answered 500".into() };
        assert_eq!(attempt(9, Ok(500)).await.1, expected);
        let expected = Settled::GivenUp { status: None, error: "no answer".into() };
        assert_eq!(attempt(9, Err(SendError::NoAnswer)).await.1, expected);
    }

    #[tokio::test]
    async fn the_tenth_try_can_still_succeed() {
        assert_eq!(attempt(9, Ok(200)).await.1, Settled::Delivered { status: 200 });
    }

    #[tokio::test]
    async fn a_claim_lasts_longer_than_a_try() {
        let mut deliveries = MockDeliveries::new();
        deliveries
            .expect_claim()
            .withf(|at, until, most, _| (*at, *until - *at, *most) == (NOON, TimeDelta::seconds(60), 5))
            .returning(|_, _, _, _| Ok(vec![due(0)]));
        let deliver = Deliver {
            deliveries: Arc::new(deliveries),
            sender: Arc::new(MockSender::new()),
            clock: Arc::new(FixedClock(NOON)),
            ids: Arc::new(SeqIds::default()),
        };
        assert_eq!(deliver.claim(5, &[]).await.unwrap(), [due(0)]);
    }
}
