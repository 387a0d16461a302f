use chrono::TimeDelta;
use futures::future::join_all;
use reqwest::Method;
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::world::PASSWORD;
use crate::support::{Reply, World};

const ACCESS: &str = "portcullis_access";
const REFRESH: &str = "portcullis_refresh";

async fn living(world: &World, browser: &mut Browser) -> usize {
    browser.get(world, "/me/sessions").await.expect(200).data().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_twenty_requests_goes_on_when_its_access_token_has_ended() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.post("/auth/logout", &ada.access, json!({})).await.expect(204);
    let mut browser = Browser::log_in(&world, &ada.email).await;
    let first = browser.0[ACCESS].clone();
    browser.get(&world, "/auth/me").await.expect(200);
    assert_eq!(browser.0[ACCESS], first, "a good one stays");

    world.clock.advance(TimeDelta::minutes(16));
    let mut without = browser.clone();
    without.forget(ACCESS);
    for browser in [&browser, &without] {
        let replies = join_all((0..20).map(|_| browser.ask(&world, Method::GET, "/auth/me", None))).await;
        for reply in replies {
            let reply = reply.expect(200);
            let set: Vec<_> = reply.headers.get_all(SET_COOKIE).iter().collect();
            assert_eq!(set.len(), 1, "the refresh token goes on: {set:?}");
            assert!(set[0].to_str().unwrap().starts_with("portcullis_access="));
            assert_eq!(reply.headers["cache-control"], "no-store");
        }
    }
    let refresh = browser.0[REFRESH].clone();
    browser.get(&world, "/auth/me").await.expect(200);
    assert!(browser.0[ACCESS] != first && browser.0[REFRESH] == refresh);
    assert_eq!(living(&world, &mut browser).await, 1);
    let written: Vec<Value> = browser.get(&world, "/audit-logs?limit=100").await.expect(200).data().clone();
    for entry in &written {
        let action = entry["action"].as_str().unwrap();
        assert!(!action.starts_with("session.refresh"), "nothing has changed: {action}");
    }
    // It changes things, too.
    let mut old = without.clone();
    old.send(&world, Method::PATCH, "/me/profile", Some(json!({"name": "Ada"}))).await.expect(200);
    assert!(old.0.contains_key(ACCESS));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_tab_rotates_while_another_is_asking() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let mut tab = Browser::log_in(&world, &ada.email).await;
    world.clock.advance(TimeDelta::minutes(16));
    let other = tab.clone();
    let reply = tab.send(&world, Method::POST, "/auth/refresh", None).await.expect(200);
    assert!(reply.body.get("refresh_token").is_none() && reply.body["user"]["email"] == ada.email.as_str());
    assert_ne!(tab.0[REFRESH], other.0[REFRESH]);
    // Its request was on its way with the token of before.
    other.ask(&world, Method::GET, "/auth/me", None).await.expect(200);
    // Of two that rotate one wins, and the other ends nothing.
    other.ask(&world, Method::POST, "/auth/refresh", None).await.expect_error(401, "token_invalid");
    tab.get(&world, "/auth/me").await.expect(200);

    world.clock.advance(TimeDelta::seconds(11));
    other.ask(&world, Method::GET, "/auth/me", None).await.expect_error(401, "token_expired");
    tab.get(&world, "/auth/me").await.expect(200);
    // To ask with it is one thing, to rotate it again is another: that is a theft.
    other.ask(&world, Method::POST, "/auth/refresh", None).await.expect_error(401, "token_invalid");
    tab.ask(&world, Method::GET, "/auth/me", None).await.expect_error(401, "token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_signed_out_elsewhere_is_signed_out_here() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let mut browser = Browser::log_in(&world, &ada.email).await;
    let before = browser.clone();
    let reply = browser.send(&world, Method::POST, "/auth/logout", None).await.expect(204);
    assert!(browser.0.is_empty() && reply.headers.contains_key("clear-site-data"), "{:?}", browser.0);
    before.ask(&world, Method::GET, "/auth/me", None).await.expect_error(401, "token_invalid");
    world.clock.advance(TimeDelta::minutes(16));
    before.ask(&world, Method::GET, "/auth/me", None).await.expect_error(401, "token_expired");

    let browser = Browser::log_in(&world, &ada.email).await;
    let fresh = world.log_in(&ada.email).await.expect(200).text_of("/access_token");
    world.post("/me/sessions/revoke-all", &fresh, json!({})).await.expect(204);
    world.clock.advance(TimeDelta::minutes(16));
    browser.ask(&world, Method::GET, "/auth/me", None).await.expect_error(401, "token_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_stepped_up_or_moved_stays_in_its_cookies() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let mut browser = Browser::log_in(&world, &ada.email).await;
    let body = json!({"name": "Other", "slug": "other"});
    browser.send(&world, Method::POST, "/organizations", Some(body)).await.expect(201);
    world.clock.advance(TimeDelta::minutes(6));
    let key = || Some(json!({"name": "key", "permissions": ["team.view"]}));
    let refused = browser.send(&world, Method::POST, "/me/tokens", key()).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let moved = browser.send(&world, Method::POST, "/auth/switch-tenant", Some(json!({"organization": "other"}))).await;
    assert_eq!(moved.expect(200).body, json!({"expires_in": 900}));
    let me = browser.get(&world, "/auth/me").await.expect(200);
    assert_eq!(me.body["organization"]["slug"], "other");
    let stepped = browser.send(&world, Method::POST, "/auth/step-up", Some(json!({"password": PASSWORD}))).await;
    assert_eq!(stepped.expect(200).body, json!({"expires_in": 900}));
    let denied = browser.send(&world, Method::POST, "/me/tokens", key()).await;
    assert_ne!(denied.body["type"], "step_up_required", "{}", denied.text);
    world.clock.advance(TimeDelta::minutes(16));
    let me = browser.get(&world, "/auth/me").await.expect(200);
    assert_eq!(me.body["organization"]["slug"], "other", "it is where it was moved to");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_signs_up_too_and_its_cookies_fit() {
    let world = World::new().await;
    let mut browser = Browser::default();
    let long = format!("{}@{}.example", "l".repeat(64), ["d".repeat(60), "d".repeat(60), "d".repeat(58)].join("."));
    let owner = json!({"email": long, "username": "u".repeat(50), "password": PASSWORD});
    let body = json!({"name": "Long", "slug": "s".repeat(63), "owner": owner});
    let reply = browser.send(&world, Method::POST, "/tenants?cookie=true", Some(body)).await.expect(201);
    assert!(reply.body.get("access_token").is_none() && reply.body["organization"]["id"].is_string());
    browser.get(&world, "/auth/me").await.expect(200);

    let ada = world.sign_up("acme").await;
    world.post("/team/invite", &ada.access, json!({"email": "bob@example.com", "role": "member"})).await.expect(201);
    let token = world.mailed_token("bob@example.com", "invitations/accept").await;
    let mut bobs = Browser::default();
    let body = json!({"token": token, "username": "bob", "password": PASSWORD});
    bobs.send(&world, Method::POST, "/invitations/accept?cookie=true", Some(body)).await.expect(200);
    assert_eq!(bobs.get(&world, "/auth/me").await.expect(200).body["user"]["username"], "bob");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_without_origin_shows_a_token() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let told = Reply::of(world.request(Method::GET, "/auth/csrf").send().await.unwrap()).await.expect(200);
    let mut browser = Browser::default();
    browser.keep(&told);
    let cookie = format!("portcullis_csrf={}", browser.0["portcullis_csrf"]);
    let body = json!({"email": ada.email, "password": PASSWORD});
    let log_in = || world.request(Method::POST, "/auth/login?cookie=true").json(&body);
    Reply::of(log_in().send().await.unwrap()).await.expect_error(403, "csrf");
    let proved = log_in().header(COOKIE, cookie).header("X-CSRF-Token", told.text_of("/csrf_token"));
    browser.keep(&Reply::of(proved.send().await.unwrap()).await.expect(200));
    assert_eq!(browser.0.len(), 3);
}
