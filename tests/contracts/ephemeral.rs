use std::sync::Arc;
use std::time::Duration;

use adapter_crypto::{RandomIds, SystemClock};
use adapter_shortlived::{MemoryEphemeral, RedisEphemeral};
use chrono::TimeDelta;
use kernel::{Clock, Ephemeral, Fault, Ids, Secret};

use crate::support::clock::MovableClock;
use crate::support::race;
use crate::support::redis::{OwnRedis, shared_redis};

/// One implementation, as two nodes would hold it; a process is one node.
struct Kind {
    name: &'static str,
    stores: [Arc<dyn Ephemeral>; 2],
    clock: Option<Arc<MovableClock>>,
}

fn memory() -> Kind {
    let clock = Arc::new(MovableClock::default());
    let store: Arc<dyn Ephemeral> = Arc::new(MemoryEphemeral::new(clock.clone()));
    Kind { name: "memory", stores: [store.clone(), store], clock: Some(clock) }
}

fn redis(url: &Secret) -> Kind {
    let store = || -> Arc<dyn Ephemeral> { Arc::new(RedisEphemeral::connect(url).expect("a good URL")) };
    Kind { name: "Redis", stores: [store(), store()], clock: None }
}

fn kinds() -> [Kind; 2] {
    [memory(), redis(&shared_redis())]
}

impl Kind {
    async fn put(&self, key: &str, value: &str, lifetime: Duration) {
        self.stores[0].put(key, &Secret::new(value), lifetime).await.expect("there is room");
    }

    /// What the other one takes.
    async fn take(&self, key: &str) -> Option<String> {
        let value = self.stores[1].take(key).await.expect("it answers");
        value.map(|it| it.expose().to_owned())
    }

    /// More than this passes. Redis goes by its own clock.
    async fn lapse(&self, time: Duration) {
        match &self.clock {
            Some(clock) => clock.advance(TimeDelta::from_std(time * 2).expect("a short time")),
            None => tokio::time::sleep(time * 2).await,
        }
    }
}

/// Nobody else's.
fn key() -> String {
    RandomIds::default().uuid(SystemClock.now()).to_string()
}

const MINUTE: Duration = Duration::from_mins(1);
const A_MOMENT: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread")]
async fn ephemeral_1_a_value_is_kept_for_its_lifetime_and_no_longer() {
    for kind in kinds() {
        let (lasting, passing) = (key(), key());
        kind.put(&lasting, "Größe\r\n\0蜂", MINUTE).await;
        kind.put(&passing, "b", A_MOMENT).await;
        kind.lapse(A_MOMENT).await;
        assert_eq!(kind.take(&passing).await, None, "{}", kind.name);
        assert_eq!(kind.take(&lasting).await.as_deref(), Some("Größe\r\n\0蜂"), "{}", kind.name);
        assert_eq!(kind.take(&key()).await, None, "{}", kind.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ephemeral_1_another_value_takes_its_place_with_a_lifetime_of_its_own() {
    for kind in kinds() {
        let (longer, shorter) = (key(), key());
        kind.put(&longer, "first", A_MOMENT).await;
        kind.put(&longer, "second", MINUTE).await;
        kind.put(&shorter, "first", MINUTE).await;
        kind.put(&shorter, "second", A_MOMENT).await;
        kind.lapse(A_MOMENT).await;
        assert_eq!(kind.take(&longer).await.as_deref(), Some("second"), "{}", kind.name);
        assert_eq!(kind.take(&longer).await, None, "{}: the first is not behind it", kind.name);
        assert_eq!(kind.take(&shorter).await, None, "{}", kind.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ephemeral_2_a_flood_is_refused_and_washes_nothing_away() {
    let small = OwnRedis::start("small", &["--maxmemory", "8mb"]).await;
    for (kind, length) in [(memory(), 1), (redis(&small.url), 10_000)] {
        let value = "x".repeat(length);
        kind.put("somebody waits for it", "a", MINUTE).await;
        let mut kept = 0;
        let answer = loop {
            match kind.stores[0].put(&kept.to_string(), &Secret::new(value.as_str()), MINUTE).await {
                Ok(()) if kept < 1_000_000 => kept += 1,
                answer => break answer,
            }
        };
        assert!(matches!(answer, Err(Fault::Overloaded(_))), "{}: {answer:?}", kind.name);
        assert!(kept > 100, "{}: {kept}", kind.name);
        assert_eq!(kind.take("somebody waits for it").await.as_deref(), Some("a"), "{}", kind.name);
        for n in 0..kept {
            assert_eq!(kind.take(&n.to_string()).await.as_deref(), Some(&*value), "{}: {n} of {kept}", kind.name);
        }
        kind.put("there is room again", "a", MINUTE).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ephemeral_3_of_a_hundred_takers_at_once_one_gets_it() {
    for kind in kinds() {
        for round in 0..20 {
            let key = key();
            kind.put(&key, "once", MINUTE).await;
            let mut got = race(100, |i| {
                let (store, key) = (kind.stores[i % 2].clone(), key.clone());
                async move { store.take(&key).await.unwrap() }
            })
            .await;
            got.retain(Option::is_some);
            assert_eq!(got, [Some(Secret::new("once"))], "{}, round {round}", kind.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ephemeral_3_what_has_expired_is_nobodys() {
    for kind in kinds() {
        let key = key();
        kind.put(&key, "late", A_MOMENT).await;
        kind.lapse(A_MOMENT).await;
        let got = race(20, |i| {
            let (store, key) = (kind.stores[i % 2].clone(), key.clone());
            async move { store.take(&key).await.unwrap() }
        })
        .await;
        assert!(got.iter().all(Option::is_none), "{}: {got:?}", kind.name);
    }
}
