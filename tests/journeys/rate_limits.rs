//! How often one may ask. Everything else is tested where nobody counts.

use std::net::IpAddr;

use adapter_http::{LimitTable, TrustedProxies};
use chrono::TimeDelta;
use kernel::Secret;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::redis::OwnRedis;
use crate::support::world::PASSWORD;
use crate::support::{Reply, World, eventually, race};

async fn limited() -> World {
    World::with(|config| config.rate_limits = true).await
}

fn number(reply: &Reply, header: &str) -> i64 {
    let value = reply.headers.get(header).unwrap_or_else(|| panic!("no {header}: {reply:?}"));
    value.to_str().unwrap().parse().unwrap()
}

async fn send(world: &World, method: Method, path: &str) -> Reply {
    Reply::of(world.request(method, path).send().await.unwrap()).await
}

async fn log_in(world: &World, email: &str) -> Reply {
    world.log_in_with(email, "Wrong-Horse-42").await
}

/// As from another machine.
fn elsewhere() -> reqwest::Client {
    let address: IpAddr = "127.0.0.2".parse().unwrap();
    reqwest::Client::builder().local_address(address).no_proxy().build().unwrap()
}

async fn elsewhere_log_in(world: &World, email: &str) -> Reply {
    let body = json!({"email": email, "password": PASSWORD});
    Reply::of(elsewhere().post(world.url("/auth/login")).json(&body).send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn five_times_a_minute_one_may_try_to_sign_in() {
    let world = limited().await;
    world.sign_up("acme").await;
    for (path, left) in [("", 4), ("//v1/auth/login", 3), ("//auth/signin", 2), ("/auth/passkey/verify", 1), ("", 0)] {
        let reply = match path {
            "" => log_in(&world, "acme@example.com").await,
            path => world.post(path, "", json!({})).await,
        };
        assert_eq!((number(&reply, "x-ratelimit-limit"), number(&reply, "x-ratelimit-remaining")), (5, left), "{path}");
    }
    let refused = world.log_in("acme@example.com").await.expect_error(429, "too_many_requests");
    assert_eq!(refused.body["code"], "RATE_LIMITED");
    let wait = number(&refused, "retry-after");
    assert!((1..=60).contains(&wait), "{wait}");
    let reset = number(&refused, "x-ratelimit-reset") - world.now().timestamp();
    assert!((wait - 2..=wait + 1).contains(&reset), "{reset} {wait}");
    // Who asks from elsewhere is not the one who asked too often.
    elsewhere_log_in(&world, "acme@example.com").await.expect(200);
    world.clock.advance(TimeDelta::seconds(wait));
    world.log_in("acme@example.com").await.expect(200);

    // Of the refused one nothing was counted as a wrong password, and it is in the log.
    let written =
        "SELECT count(*) FROM audit_entries WHERE action = 'access.denied' AND target_id = 'rate_limit.login'";
    eventually("the refusal is written down", async || world.database.count(written).await == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_times_a_minute_one_may_make_an_account() {
    let world = limited().await;
    world.sign_up("acme").await;
    world.post("//v1/auth/register", "", json!({})).await.expect(422);
    world.sign_up("umbrella").await;
    world.post("/tenants", "", json!({})).await.expect_error(429, "too_many_requests");
    world.post("/auth/register", "", json!({})).await.expect_error(429, "too_many_requests");
    world.clock.advance(TimeDelta::minutes(1));
    world.sign_up("initech").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_times_an_hour_anybody_may_ask_anything_else() {
    let world = limited().await;
    let ada = world.sign_up("acme").await;
    let paths =
        ["/auth/me", "/hives", "//v1/services", "//nowhere", "//docs", "//.well-known/jwks.json", "/auth/login"];
    for n in 0..100 {
        let reply = send(&world, Method::GET, paths[n % paths.len()]).await;
        assert_ne!(reply.status, 429, "{n}");
        assert_eq!(number(&reply, "x-ratelimit-remaining"), 99 - i64::try_from(n).unwrap());
    }
    for path in paths {
        let refused = send(&world, Method::GET, path).await.expect_error(429, "too_many_requests");
        assert_eq!(number(&refused, "x-ratelimit-limit"), 100);
    }
    world.post("/auth/forgot-password", "", json!({"email": ada.email})).await.expect(429);
    // Who shows that they are somebody is not anybody.
    world.get("/auth/me", &ada.access).await.expect(200);
    let renewed = world.post("/auth/refresh", "", json!({"refresh_token": ada.refresh})).await.expect(200);
    world.post("/auth/refresh", "", json!({"refresh_token": ada.refresh})).await.expect(429);
    world.get("/auth/me", &renewed.text_of("/access_token")).await.expect(200);
    send(&world, Method::GET, "//livez").await.expect(200);
    world.clock.advance(TimeDelta::minutes(59));
    send(&world, Method::GET, "/services").await.expect(429);
    world.clock.advance(TimeDelta::minutes(1));
    send(&world, Method::GET, "/services").await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_where_metrics_are_read_is_not_counted() {
    let address = crate::support::mailbox::free_address();
    let world = World::with(|config| {
        config.rate_limits = true;
        config.operations.metrics_listen = Some(address);
    })
    .await;
    let there = async |method: Method, path: &str| {
        let request = world.http.request(method, format!("http://{address}{path}"));
        let reply = Reply::of(request.send().await.unwrap()).await;
        assert!(!reply.headers.keys().any(|it| it.as_str().contains("ratelimit")), "{path}: {:?}", reply.headers);
        reply.status.as_u16()
    };
    for _ in 0..101 {
        assert_eq!(there(Method::GET, "/metrics").await, 200);
        assert_eq!(there(Method::GET, "/nowhere").await, 404);
        assert_eq!(there(Method::POST, "/metrics").await, 405);
    }
    assert_eq!(number(&send(&world, Method::GET, "/services").await, "x-ratelimit-remaining"), 99);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_may_ask_sixty_times_a_minute_where_that_is_said() {
    let world = World::with(|config| {
        config.rate_limits = true;
        config.limits = LimitTable { requests_per_minute: 60, ..LimitTable::default() };
    })
    .await;
    let (ada, bob) = (world.sign_up("acme").await, world.sign_up("umbrella").await);
    let asked = race(80, |n| {
        let prefix = ["//api/v1", "//v1"][n % 2];
        let request = world.http.get(world.url(&format!("{prefix}/team"))).bearer_auth(&ada.access);
        async move { request.send().await.unwrap().status().as_u16() }
    })
    .await;
    assert_eq!(asked.iter().filter(|it| **it == 200).count(), 60, "{asked:?}");
    assert_eq!(asked.iter().filter(|it| **it == 429).count(), 20, "{asked:?}");
    let reply = world.get("/team", &bob.access).await.expect(200);
    assert_eq!((number(&reply, "x-ratelimit-limit"), number(&reply, "x-ratelimit-remaining")), (60, 59));
    world.clock.advance(TimeDelta::minutes(1));
    world.get("/team", &ada.access).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_every_network_is_counted_for_itself() {
    let world = World::with(|config| {
        config.rate_limits = true;
        config.edge.proxies = TrustedProxies::parse(["127.0.0.1"]).unwrap();
    })
    .await;
    let try_from = async |hops: &str| {
        let request = world.request(Method::POST, "/auth/login").header("X-Forwarded-For", hops).json(&json!({}));
        Reply::of(request.send().await.unwrap()).await.expect_one_of(&[422, 429])
    };
    for (same, other) in [
        (["2001:db8::1", "2001:DB8::ffff", "2001:db8:0:0:1:2:3:4"], "2001:db8:0:1::1"),
        (["192.0.2.1", "::ffff:192.0.2.1", "198.51.100.9, 192.0.2.1"], "192.0.2.2"),
    ] {
        for n in 0..5 {
            assert_eq!(try_from(same[n % 3]).await, 422, "{}", same[n % 3]);
        }
        for spelling in same {
            assert_eq!(try_from(spelling).await, 429, "{spelling}");
        }
        assert_eq!(try_from(other).await, 422, "{other}");
    }
    // What can't be read is the proxy's own.
    for n in 0..6 {
        let unreadable = ["a", "", "unknown"][n % 3];
        assert_eq!(try_from(unreadable).await, if n < 5 { 422 } else { 429 }, "{unreadable}");
    }
}

/// Two nodes that count together.
async fn two_nodes(redis: &Secret) -> World {
    let configure = |config: &mut server::Config| {
        config.rate_limits = true;
        config.redis_url = Some(redis.clone());
    };
    let mut world = World::with(configure).await;
    world.add_node_with(configure).await;
    world
}

/// So many requests of nobody at once, over both nodes; how many were let through, and that nothing went wrong.
async fn flood(world: &World, requests: usize) -> usize {
    let answered = race(requests, |n| {
        let request = world.http.get(world.url_at(n % 2, "/services"));
        async move { request.send().await.unwrap().status().as_u16() }
    })
    .await;
    assert!(answered.iter().all(|it| [401, 429].contains(it)), "{answered:?}");
    answered.iter().filter(|it| **it == 401).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn over_two_nodes_a_hundred_are_a_hundred() {
    let redis = OwnRedis::start("two-nodes", &[]).await;
    let world = two_nodes(&redis.url).await;
    assert_eq!(flood(&world, 250).await, 100);
    assert_eq!(flood(&world, 50).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_limits_stay_limits() {
    let mut redis = OwnRedis::start("killed-nodes", &[]).await;
    let world = two_nodes(&redis.url).await;
    world.sign_up("acme").await;
    assert_eq!(flood(&world, 60).await, 60);
    for left in [4, 3, 2] {
        assert_eq!(number(&log_in(&world, "acme@example.com").await.expect(401), "x-ratelimit-remaining"), left);
    }

    redis.kill().await;
    let passed = flood(&world, 300).await;
    // Forty were left, and each node goes on from what it heard last.
    assert!((40..=2 * 100 - 60).contains(&passed), "{passed}");
    let mut let_in = 0;
    for _ in 0..10 {
        let reply = log_in(&world, "acme@example.com").await;
        let_in += u32::from(reply.expect_one_of(&[401, 429]) == 401);
    }
    assert_eq!(let_in, 2);
    // It serves what needs no Redis, and says what is missing.
    let ready = send(&world, Method::GET, "//readyz").await.expect(200);
    assert_eq!(ready.body, json!({"status": "ready", "degraded": ["redis"]}));

    redis.restart().await;
    eventually("it counts together again", async || {
        send(&world, Method::GET, "/services").await;
        send(&world, Method::GET, "//readyz").await.body.get("degraded").is_none()
    })
    .await;
    assert_eq!(flood(&world, 50).await, 0);
    let body: Value = json!({"email": "acme@example.com", "password": PASSWORD});
    eventually("the other node was told of it", async || {
        log_in(&world, "acme@example.com").await.expect(429);
        world.post_at(1, "/auth/login", "", body.clone()).await.status == 429
    })
    .await;
}
