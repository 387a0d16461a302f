//! Every door that can be knocked at has its limit. Numbers are those of the security requirements.

use std::net::IpAddr;

use adapter_http::{LimitTable, TrustedProxies};
use chrono::TimeDelta;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::support::world::PASSWORD;
use crate::support::{Reply, World, eventually};

const TABLE: LimitTable =
    LimitTable { login_per_minute: 2, sign_up_per_minute: 2, anonymous_per_hour: 3, requests_per_minute: 4 };

async fn limited(table: LimitTable) -> World {
    World::with(|config| {
        config.rate_limits = true;
        config.limits = table;
    })
    .await
}

/// Asks as often as it may, and once more; then waits as long as it was told.
async fn loop_to_the_limit(world: &World, most: u32, door: &str, ask: impl AsyncFn() -> Reply) {
    for n in 0..most {
        let reply = ask().await;
        assert_ne!(reply.status.as_u16(), 429, "{door}: {n} {}", reply.text);
        assert!(reply.status.as_u16() < 500, "{door}: {}", reply.text);
    }
    let refused = ask().await.expect_error(429, "too_many_requests");
    assert_eq!(refused.body["code"], "RATE_LIMITED", "{door}");
    let wait: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(wait > 0, "{door}");
    world.clock.advance(TimeDelta::seconds(wait));
    assert_ne!(ask().await.status.as_u16(), 429, "{door}: it works again");
    world.clock.advance(TimeDelta::hours(1));
}

async fn send(world: &World, method: Method, path: &str, body: &Value) -> Reply {
    Reply::of(world.request(method, path).json(body).send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rl_03_every_door_without_a_credential_has_a_limit() {
    let world = limited(TABLE).await;
    let (email, token, new) = ("ada@example.com", json!({"token": "t"}), "Correct-Horse-43");
    let wrong = json!({"email": email, "password": "Wrong-Horse-42"});
    let reset = json!({"email": email, "temporary_password": "x", "new_password": new});
    let doors = [
        (TABLE.login_per_minute, "/auth/login", wrong.clone()),
        (TABLE.login_per_minute, "//auth/signin", wrong),
        (TABLE.login_per_minute, "/auth/passkey/verify", json!({"passkey": {}})),
        (TABLE.login_per_minute, "/auth/sso/exchange", json!({"code": "c", "code_verifier": "v", "totp_code": "1"})),
        (TABLE.sign_up_per_minute, "/auth/register", json!({"email": "no address"})),
        (TABLE.sign_up_per_minute, "/tenants", json!({"name": ""})),
        (TABLE.anonymous_per_hour, "/auth/forgot-password", json!({"email": email})),
        (TABLE.anonymous_per_hour, "//auth/forgot-password", json!({"email": email})),
        (TABLE.anonymous_per_hour, "/auth/confirm-forgot-password", reset),
        (TABLE.anonymous_per_hour, "/auth/verify-email", token.clone()),
        (TABLE.anonymous_per_hour, "/auth/resend-verification", json!({"email": email})),
        (TABLE.anonymous_per_hour, "/auth/refresh", json!({"refresh_token": "r"})),
        (TABLE.anonymous_per_hour, "/auth/passkey/options", json!({})),
        (TABLE.anonymous_per_hour, "/auth/recover-account", token.clone()),
        (TABLE.anonymous_per_hour, "/invitations/accept", token),
    ];
    for (most, path, body) in &doors {
        loop_to_the_limit(&world, *most, path, async || send(&world, Method::POST, path, body).await).await;
    }
    let callback = "/auth/google/callback?code=c&state=s";
    let ask = async || send(&world, Method::GET, callback, &json!({})).await;
    loop_to_the_limit(&world, TABLE.anonymous_per_hour, callback, ask).await;
    for key in ["hbx_guessed", "pcp_guessed", "guessed"] {
        loop_to_the_limit(&world, TABLE.anonymous_per_hour, key, async || world.get("/team", key).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rl_03_every_door_within_has_a_limit() {
    let world = limited(LimitTable { login_per_minute: 100, sign_up_per_minute: 100, ..TABLE }).await;
    let ada = world.sign_up("acme").await;
    let logo = format!("/organizations/{}/logo", ada.organization);
    for (method, path, body) in [
        (Method::POST, "/auth/step-up", json!({"password": "Wrong-Horse-42"})),
        (Method::POST, "/me/mfa/setup", json!({})),
        (Method::POST, "/me/mfa/verify", json!({"code": "000000"})),
        (Method::POST, "/auth/change-password", json!({})),
        (Method::POST, "/team/invite", json!({"email": "bob@example.com", "role": "nobody"})),
        (Method::GET, "/me/export", json!({})),
        (Method::GET, "/audit-logs/export?format=jsonl", json!({})),
        (Method::PUT, "/me/avatar", json!({})),
        (Method::PUT, &logo, json!({})),
    ] {
        // The one before has waited for an hour.
        let token = world.log_in(&ada.email).await.expect(200).text_of("/access_token");
        let ask = async || {
            let request = world.request(method.clone(), path).bearer_auth(&token).json(&body);
            Reply::of(request.send().await.unwrap()).await
        };
        loop_to_the_limit(&world, TABLE.requests_per_minute, path, ask).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rl_02_however_it_is_written_it_is_one_client_at_one_door() {
    let world = World::with(|config| {
        config.rate_limits = true;
        config.edge.proxies = TrustedProxies::parse(["127.0.0.1"]).unwrap();
    })
    .await;
    let paths = ["/api/v1/auth/login", "/v1/auth/login", "/v1/auth/login?x=1", "/v1/auth/%6cogin", "/auth/signin"];
    let others = ["//v1/auth/login", "/v1/auth/login/", "/v1/auth/LOGIN", "/v1//auth/login"];
    let emails = ["ada@example.com", "ADA@EXAMPLE.COM", " ada@example.com", "Ada@Example.com ", "bob@example.com"];
    let ask = async |path: &str, hop: &str, email: &str| {
        let request = world.http.post(format!("{}{path}", world.base())).header("X-Forwarded-For", hop);
        let reply = request.json(&json!({"email": email, "password": "Wrong-Horse-42"})).send().await.unwrap();
        reply.status().as_u16()
    };
    for addresses in [
        ["2001:db8::1", "2001:DB8::FFFF", "2001:db8:0:0:ffff::1"],
        ["192.0.2.1", "::ffff:192.0.2.1", "::FFFF:c000:201"],
    ] {
        let mut let_in = 0;
        for n in 0..25 {
            let (path, hop, email) = (paths[n % 5], addresses[n % 3], emails[n % 4 + n / 24]);
            match ask(path, hop, email).await {
                // In its camelCase wrong credentials are 400.
                400 | 401 => let_in += 1,
                404 | 429 => {}
                other => panic!("{path} {hop}: {other}"),
            }
        }
        assert_eq!(let_in, 5, "{addresses:?}");
        for path in others {
            assert_eq!(ask(path, addresses[0], emails[0]).await, 404, "{path}");
        }
    }
}

/// As from another machine.
fn elsewhere() -> Client {
    let address: IpAddr = "127.0.0.2".parse().unwrap();
    Client::builder().local_address(address).no_proxy().build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn rl_04_who_asks_too_often_takes_nothing_away_from_others() {
    let world = limited(LimitTable { requests_per_minute: 20, ..LimitTable::default() }).await;
    let (ada, eve) = (world.sign_up("acme").await, world.sign_up("other").await);
    let burn = async |path: &str, body: Value| {
        let mut tries = 0;
        while world.post(path, "", body.clone()).await.status.as_u16() != 429 {
            tries += 1;
            assert!(tries <= 100, "{path}");
        }
    };
    burn("/auth/login", json!({"email": ada.email, "password": "Wrong-Horse-42"})).await;
    burn("/auth/forgot-password", json!({"email": ada.email})).await;
    burn("/auth/register", json!({"email": ada.email})).await;
    while world.get("/team", &eve.access).await.status.as_u16() != 429 {}

    let here = elsewhere();
    let post =
        async |path: &str, body: Value| Reply::of(here.post(world.url(path)).json(&body).send().await.unwrap()).await;
    post("/auth/login", json!({"email": ada.email, "password": PASSWORD})).await.expect(200);
    // Whoever asked for it, what was mailed last is good.
    let waiting = "SELECT (SELECT count(*) FROM mail_requests) + (SELECT count(*) FROM mails WHERE sealed IS NOT NULL)";
    eventually("all mails are sent", async || world.database.count(waiting).await == 0).await;
    let temporary = world.temporary_passwords(&ada.email).pop().expect("one was mailed");
    let new = json!({"email": ada.email, "temporary_password": temporary, "new_password": "Correct-Horse-43"});
    post("/auth/confirm-forgot-password", new).await.expect(204);
    let bob =
        json!({"email": "bob@example.com", "username": "bob", "password": PASSWORD, "confirm_password": PASSWORD});
    post("/auth/register", bob).await.expect(201);
    let signed_in = post("/auth/login", json!({"email": ada.email, "password": "Correct-Horse-43"})).await.expect(200);
    world.get("/team", &signed_in.text_of("/access_token")).await.expect(200);
}
