use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::json;

use crate::support::World;
use crate::support::world::PASSWORD;

#[tokio::test(flavor = "multi_thread")]
async fn the_three_lifetimes_of_a_login() {
    let world = World::new().await;
    world.sign_up("acme").await;
    for (remember_me, access, refresh) in
        [(None, 900, 2_592_000), (Some(false), 900, 604_800), (Some(true), 86_400, 2_592_000)]
    {
        let mut body = json!({"email": "acme@example.com", "password": PASSWORD});
        if let Some(remember_me) = remember_me {
            body["remember_me"] = json!(remember_me);
        }
        let reply = world.post("/auth/login", "", body).await.expect(200);
        assert_eq!(reply.body["expires_in"], access, "{remember_me:?}");
        assert_eq!(reply.body["refresh_expires_in"], refresh, "{remember_me:?}");
        assert_eq!(reply.body["user"]["role"], "owner");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_email_and_wrong_password_are_one_answer() {
    let world = World::new().await;
    world.sign_up("acme").await;
    let wrong = json!({"email": "acme@example.com", "password": "Wrong-Horse-42"});
    let unknown = json!({"email": "nobody@example.com", "password": "Wrong-Horse-42"});
    let wrong = world.post("/auth/login", "", wrong).await.expect_error(401, "invalid_credentials");
    let unknown = world.post("/auth/login", "", unknown).await.expect_error(401, "invalid_credentials");
    assert_eq!(wrong.body["message"], unknown.body["message"]);
    assert!(wrong.headers.contains_key("www-authenticate"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_bound_to_the_wanted_organization() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let eve = world.sign_up("other").await;
    let log_in = async |tenant: &str| {
        let body = json!({"email": ada.email, "password": PASSWORD});
        let request = world.http.post(world.url("/auth/login")).header("X-Tenant", tenant).json(&body);
        crate::support::Reply::of(request.send().await.unwrap()).await
    };
    log_in("acme").await.expect(200);
    log_in(&ada.organization).await.expect(200);
    let foreign = log_in("other").await.expect_error(404, "not_found");
    let unknown = log_in("nowhere").await.expect_error(404, "not_found");
    assert_eq!(foreign.body["message"], unknown.body["message"]);

    let tenants = world.get("/auth/tenants", &eve.access).await.expect(200);
    assert_eq!(tenants.data().len(), 1);
    assert_eq!(tenants.body["data"][0]["organization"]["slug"], "other");
    assert_eq!(tenants.body["data"][0]["role"], "owner");
    assert_eq!(tenants.body["data"][0]["status"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_parallel_refreshes_one_wins() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let tries = (0..20).map(|_| world.post("/auth/refresh", "", json!({"refresh_token": ada.refresh})));
    let replies = join_all(tries).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    assert!(
        replies.iter().filter(|it| it.status != 200).all(|it| it.status == 401 && it.body["type"] == "token_invalid")
    );
    let winner = replies.into_iter().find(|reply| reply.status == 200).unwrap();
    world.post("/auth/refresh", "", json!({"refresh_token": winner.text_of("/refresh_token")})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_comes_again_late_ends_the_session() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let other = world.log_in(&ada.email).await.expect(200);
    let next = world.post("/auth/refresh", "", json!({"refresh_token": ada.refresh})).await.expect(200);
    world.clock.advance(TimeDelta::seconds(11));
    world.post("/auth/refresh", "", json!({"refresh_token": ada.refresh})).await.expect_error(401, "token_invalid");
    let successor = json!({"refresh_token": next.text_of("/refresh_token")});
    world.post("/auth/refresh", "", successor).await.expect_error(401, "token_invalid");
    world.get("/auth/me", &next.text_of("/access_token")).await.expect_error(401, "token_invalid");
    world.get("/auth/me", &ada.access).await.expect_error(401, "token_invalid");

    let access = other.text_of("/access_token");
    world.get("/auth/me", &access).await.expect(200);
    let audit = world.get("/audit-logs?action=session.refresh_reused", &access).await.expect(200);
    assert_eq!(audit.data().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_successor_was_used_ends_the_session_at_once() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let second = world.post("/auth/refresh", "", json!({"refresh_token": ada.refresh})).await.expect(200);
    let third = json!({"refresh_token": second.text_of("/refresh_token")});
    let third = world.post("/auth/refresh", "", third).await.expect(200);
    world.post("/auth/refresh", "", json!({"refresh_token": ada.refresh})).await.expect_error(401, "token_invalid");
    world.get("/auth/me", &third.text_of("/access_token")).await.expect_error(401, "token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_this_session_at_once_and_no_other() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let other = world.log_in(&ada.email).await.expect(200);
    world.post("/auth/logout", &ada.access, json!({})).await.expect(204);
    world.get("/auth/me", &ada.access).await.expect_error(401, "token_invalid");
    world.post("/auth/refresh", "", json!({"refresh_token": ada.refresh})).await.expect_error(401, "token_invalid");
    world.get("/auth/me", &other.text_of("/access_token")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_access_token_opens_nothing_and_still_signs_out() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.clock.advance(TimeDelta::minutes(16));
    world.get("/auth/me", &ada.access).await.expect_error(401, "token_expired");
    world.post("/auth/logout", &ada.access, json!({})).await.expect(204);
    world.post("/auth/refresh", "", json!({"refresh_token": ada.refresh})).await.expect_error(401, "token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_tokens_open_nothing() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let (head, rest) = ada.access.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    let mut flipped = signature.to_owned();
    let first = if flipped.starts_with('A') { "B" } else { "A" };
    flipped.replace_range(..1, first);
    for forged in [
        format!("{unsigned}.{payload}."),
        format!("{unsigned}.{payload}.{signature}"),
        format!("{head}.{payload}.{flipped}"),
        format!("{head}.{payload}."),
        format!("{head}.e30.{signature}"),
        ada.refresh.clone(),
        "x".repeat(20_000),
        "...".to_owned(),
    ] {
        let reply = world.get("/auth/me", &forged).await;
        assert!(reply.status == 401 || reply.status == 431, "{} {}", reply.status, reply.text);
    }
    world.get("/auth/me", &ada.access).await.expect(200);
}

async fn refresh_under(world: &World, token: &str, key: &str) -> crate::support::Reply {
    let request = world.http.post(world.url("/auth/refresh")).header("Idempotency-Key", key);
    crate::support::Reply::of(request.json(&json!({"refresh_token": token})).send().await.unwrap()).await
}

const KEY: &str = "0123456789abcdefghijkl";

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_given_again_under_its_key() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let tries = (0..4).map(|_| refresh_under(&world, &ada.refresh, KEY));
    let replies = join_all(tries).await;
    for reply in &replies {
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(reply.body, replies[0].body);
    }
    // Three repetitions are enough.
    refresh_under(&world, &ada.refresh, KEY).await.expect_error(401, "token_invalid");
    let repeated = "SELECT count(*) FROM audit_entries WHERE action = 'session.refresh_repeated'";
    assert_eq!(world.database.count(repeated).await, 3);
    let sealed = "SELECT count(*) FROM refresh_tokens WHERE position(convert_to('refresh', 'UTF8') IN sealed) > 0";
    assert_eq!(world.database.count(sealed).await, 0);
    world.get("/auth/me", &replies[0].text_of("/access_token")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_a_used_successor_or_a_minute_end_the_repetition() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    refresh_under(&world, &ada.refresh, "too-short").await.expect(422);
    refresh_under(&world, &ada.refresh, KEY).await.expect(200);
    refresh_under(&world, &ada.refresh, "another-key-of-22-chars").await.expect_error(401, "token_invalid");
    world.clock.advance(TimeDelta::seconds(59));
    let pair = refresh_under(&world, &ada.refresh, KEY).await.expect(200);
    world.get("/auth/me", &pair.text_of("/access_token")).await.expect(200);
    let next = refresh_under(&world, &pair.text_of("/refresh_token"), KEY).await.expect(200);
    refresh_under(&world, &ada.refresh, KEY).await.expect_error(401, "token_invalid");
    world.get("/auth/me", &next.text_of("/access_token")).await.expect_error(401, "token_invalid");

    let bob = world.log_in(&ada.email).await.expect(200);
    let token = bob.text_of("/refresh_token");
    refresh_under(&world, &token, KEY).await.expect(200);
    world.clock.advance(TimeDelta::seconds(61));
    refresh_under(&world, &token, KEY).await.expect_error(401, "token_invalid");
    world.get("/auth/me", &bob.text_of("/access_token")).await.expect_error(401, "token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_however_often_it_is_refreshed() {
    let world = World::with(|config| {
        config.settings.lifetimes.session = TimeDelta::seconds(10);
        config.settings.lifetimes.refresh = TimeDelta::seconds(3);
    })
    .await;
    let ada = world.sign_up("acme").await;
    let idle = world.log_in(&ada.email).await.expect(200).text_of("/refresh_token");
    let mut token = ada.refresh;
    for _ in 0..4 {
        world.clock.advance(TimeDelta::seconds(2));
        let reply = world.post("/auth/refresh", "", json!({"refresh_token": token})).await.expect(200);
        token = reply.text_of("/refresh_token");
    }
    world.post("/auth/refresh", "", json!({"refresh_token": idle})).await.expect_error(401, "token_invalid");
    world.clock.advance(TimeDelta::seconds(3));
    world.post("/auth/refresh", "", json!({"refresh_token": token})).await.expect_error(401, "token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_sign_ins_is_answered_and_nothing_else_waits_for_it() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let storm = join_all((0..200).map(|n| {
        let email = if n % 2 == 0 { format!("nobody{n}@example.com") } else { ada.email.clone() };
        let world = &world;
        async move { world.log_in(&email).await.status.as_u16() }
    }));
    let calm = async {
        let mut answers = Vec::new();
        for _ in 0..50 {
            let alive = world.http.get(world.url("//livez")).send().await.unwrap().status().as_u16();
            answers.push((alive, world.get("/auth/me", &ada.access).await.status.as_u16()));
        }
        answers
    };
    let (storm, calm) = tokio::join!(storm, calm);
    assert!(storm.iter().all(|it| matches!(it, 200 | 401 | 503)), "{storm:?}");
    assert!(storm.contains(&200) && storm.contains(&401), "{storm:?}");
    assert!(calm.iter().all(|it| *it == (200, 200)), "{calm:?}");
    // What was put off was not looked at, and is no failure.
    world.log_in(&ada.email).await.expect(200);
    let looked_at = storm.iter().filter(|it| **it == 401).count();
    let counted = world.database.count("SELECT coalesce(sum(failures), 0)::bigint FROM login_failures").await;
    assert_eq!(usize::try_from(counted).unwrap(), looked_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_off_did_not_happen() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    // Somebody holds what the refresh needs for longer than a request may take.
    let mut other = world.database.connect().await;
    let hold = "BEGIN; SELECT FROM refresh_tokens FOR UPDATE";
    diesel_async::SimpleAsyncConnection::batch_execute(&mut other, hold).await.unwrap();
    let body = json!({"refresh_token": ada.refresh});
    world.post("/auth/refresh", "", body.clone()).await.expect_error(503, "service_unavailable");
    diesel_async::SimpleAsyncConnection::batch_execute(&mut other, "COMMIT").await.unwrap();
    drop(other);
    crate::support::eventually("it is given up", async || {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                       AND state <> 'idle' AND query LIKE '%refresh_tokens%' AND pid <> pg_backend_pid()";
        world.database.count(waiting).await == 0
    })
    .await;
    assert_eq!(world.database.count("SELECT count(*) FROM refresh_tokens WHERE rotated_at IS NOT NULL").await, 0);
    world.post("/auth/refresh", "", body).await.expect(200);
}
