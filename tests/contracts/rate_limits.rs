use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use adapter_crypto::{RandomIds, SystemClock};
use adapter_shortlived::{MemoryLimits, RedisEphemeral, SharedLimits};
use chrono::TimeDelta;
use kernel::{Bucket, Charged, Clock, Ids, Limit, Payer, RateLimits, RequestKind, Secret};

use crate::support::clock::MovableClock;
use crate::support::redis::{OwnRedis, shared_redis};
use crate::support::{eventually, race};

/// One implementation, as two nodes would hold it; a process is one node.
struct Kind {
    name: &'static str,
    stores: [Arc<dyn RateLimits>; 2],
    clock: Option<Arc<MovableClock>>,
}

fn memory() -> Kind {
    let clock = Arc::new(MovableClock::default());
    let store: Arc<dyn RateLimits> = Arc::new(MemoryLimits::new(clock.clone()));
    Kind { name: "memory", stores: [store.clone(), store], clock: Some(clock) }
}

fn redis(url: &Secret) -> Kind {
    Kind { name: "Redis", stores: [shared(url), shared(url)], clock: None }
}

fn shared(url: &Secret) -> Arc<dyn RateLimits> {
    Arc::new(SharedLimits::connect(url, Arc::new(SystemClock)).expect("a good URL"))
}

fn kinds() -> [Kind; 2] {
    [memory(), redis(&shared_redis())]
}

impl Kind {
    async fn charge(&self, node: usize, bucket: Bucket, limit: Limit) -> Charged {
        self.stores[node].charge(bucket, limit).await.expect("it counts")
    }

    /// The window has ended. Redis goes by its own clock.
    async fn lapse(&self, limit: Limit) {
        match &self.clock {
            Some(clock) => clock.advance(limit.window),
            None => tokio::time::sleep(limit.window.to_std().expect("a short time")).await,
        }
    }
}

/// Nobody else's.
fn bucket() -> Bucket {
    Bucket { kind: RequestKind::Usual, payer: Payer::Credential(RandomIds::default().uuid(SystemClock.now())) }
}

fn network(n: u32) -> Bucket {
    Bucket { kind: RequestKind::LogIn, payer: Payer::at(Some(IpAddr::V4(Ipv4Addr::from_bits(n)))) }
}

const fn a_minute(most: u32) -> Limit {
    Limit { most, window: TimeDelta::minutes(1) }
}

const fn a_moment(most: u32) -> Limit {
    Limit { most, window: TimeDelta::milliseconds(300) }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_1_of_two_hundred_at_once_through_two_nodes_a_hundred_pass() {
    for kind in kinds() {
        for round in 0..5 {
            let bucket = bucket();
            let charged = race(200, |i| {
                let store = kind.stores[i % 2].clone();
                async move { store.charge(bucket, a_minute(100)).await.unwrap() }
            })
            .await;
            let passed: Vec<u32> = charged.iter().filter(|it| it.passes).map(|it| it.remaining).collect();
            assert_eq!(passed.len(), 100, "{}, round {round}", kind.name);
            assert_eq!(passed.iter().collect::<HashSet<_>>().len(), 100, "{}: each is told another rest", kind.name);
            assert!(charged.iter().all(|it| it.ends == charged[0].ends), "{}", kind.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_1_what_comes_after_the_end_begins_another_window() {
    for kind in kinds() {
        let (bucket, limit) = (bucket(), a_moment(2));
        for round in 0..3 {
            let first = kind.charge(0, bucket, limit).await;
            assert_eq!((first.passes, first.remaining), (true, 1), "{}, round {round}", kind.name);
            assert_eq!(first.ends - first.at, limit.window, "{}", kind.name);
            kind.lapse(limit).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_2_what_is_refused_is_not_counted_and_moves_no_end() {
    for kind in kinds() {
        let (bucket, limit) = (bucket(), a_minute(3));
        let first = kind.charge(0, bucket, limit).await;
        for (node, expected) in [(1, (true, 1)), (0, (true, 0)), (1, (false, 0)), (0, (false, 0)), (1, (false, 0))] {
            let charged = kind.charge(node, bucket, limit).await;
            assert_eq!((charged.passes, charged.remaining), expected, "{}", kind.name);
            assert_eq!(charged.ends, first.ends, "{}", kind.name);
            assert!(charged.at >= first.at && charged.at < charged.ends, "{}", kind.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_3_buckets_are_counted_apart() {
    for kind in kinds() {
        let (one, other) = (bucket(), bucket());
        let another_kind = Bucket { kind: RequestKind::Anonymous, ..one };
        for bucket in [one, other, another_kind] {
            let charged = kind.charge(0, bucket, a_minute(1)).await;
            assert!(charged.passes, "{}: {bucket:?}", kind.name);
        }
        for bucket in [one, other, another_kind] {
            assert!(!kind.charge(1, bucket, a_minute(1)).await.passes, "{}: {bucket:?}", kind.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_4_a_hundred_thousand_others_wash_nobody_away() {
    let kind = memory();
    let first = network(0xc000_0201);
    assert!(kind.charge(0, first, a_minute(1)).await.passes);
    for n in 0..200_000 {
        kind.charge(0, network(0x0a00_0000 + n), a_minute(1)).await;
    }
    assert!(!kind.charge(0, first, a_minute(1)).await.passes);
    // What came when there was no room for more is counted too.
    assert!(!kind.charge(0, network(0x0a00_0000 + 199_999), a_minute(1)).await.passes);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_4_a_full_redis_washes_nobody_away_and_counts_nobody_less() {
    let small = OwnRedis::start("small-limits", &["--maxmemory", "4mb"]).await;
    let kind = redis(&small.url);
    let first = network(0xc000_0201);
    assert!(kind.charge(0, first, a_minute(1)).await.passes);
    for n in 0..40_000 {
        assert!(kind.charge(0, network(0x0a00_0000 + n), a_minute(1)).await.passes, "{n}");
    }
    for n in (0..40_000).step_by(999) {
        assert!(!kind.charge(0, network(0x0a00_0000 + n), a_minute(1)).await.passes, "{n}");
    }
    assert!(!kind.charge(0, first, a_minute(1)).await.passes);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_counting_goes_on_at_once_from_what_was_heard() {
    let mut redis = OwnRedis::start("killed-limits", &[]).await;
    let kind = self::redis(&redis.url);
    let bucket = bucket();
    let limit = a_minute(10);
    // Six through either node; the last is the first's.
    for node in [0, 1, 0, 1, 1, 0] {
        assert!(kind.charge(node, bucket, limit).await.passes);
    }
    redis.kill().await;
    let charged = race(50, |_| {
        let store = kind.stores[0].clone();
        async move { store.charge(bucket, limit).await.unwrap() }
    })
    .await;
    assert_eq!(charged.iter().filter(|it| it.passes).count(), 4);
    // Who was never seen is limited all the same.
    let fresh = self::bucket();
    for _ in 0..10 {
        assert!(kind.charge(0, fresh, limit).await.passes);
    }
    assert!(!kind.charge(0, fresh, limit).await.passes);

    // It comes back, and has forgotten everything. The node has not, and tells it.
    redis.restart().await;
    let another_node = shared(&redis.url);
    eventually("Redis counts again", async || {
        let bucket = self::bucket();
        kind.charge(0, bucket, limit).await;
        another_node.charge(bucket, limit).await.expect("it counts").remaining == 8
    })
    .await;
    assert!(!kind.charge(0, bucket, limit).await.passes);
    assert!(!another_node.charge(bucket, limit).await.expect("it counts").passes, "it was told");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_readme_says_its_user_needs_is_enough() {
    let user = "--user ada on >secret ~portcullis:* -@all +set +get +getdel +time +evalsha +eval";
    let user: Vec<&str> = user.split(' ').collect();
    let redis = OwnRedis::start("permissions", &user).await;
    let url = Secret::new(format!("{}?user=ada&pass=secret", redis.url.expose()));
    RedisEphemeral::connect(&url).expect("a good URL").ping().await.expect("it may");
    let limits = SharedLimits::connect(&url, Arc::new(SystemClock)).expect("a good URL");
    limits.ping().await.expect("it may");
    let (bucket, limit) = (bucket(), a_minute(10));
    limits.charge(bucket, limit).await.expect("it counts");
    let remaining = shared(&redis.url).charge(bucket, limit).await.expect("it counts").remaining;
    assert_eq!(remaining, 8, "it was counted there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_silent_keeps_nobody_waiting() {
    let redis = OwnRedis::start("silent-limits", &[]).await;
    let kind = self::redis(&redis.url);
    let (bucket, limit) = (bucket(), a_minute(1_000));
    kind.charge(0, bucket, limit).await;
    redis.pause();
    // Without a breaker each would wait as long as the first.
    let all = async {
        for _ in 0..500 {
            kind.charge(0, bucket, limit).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), all).await.expect("only the first waits");
    redis.resume();
    eventually("Redis counts again", async || {
        kind.charge(0, bucket, limit).await;
        // It says so to a node that has heard nothing.
        shared(&redis.url).charge(bucket, limit).await.expect("it counts").remaining < 499
    })
    .await;
}
