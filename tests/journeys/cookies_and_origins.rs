//! What a browser's cookies are worth to the pages of other sites: nothing. Numbers are those of the security requirements.

use adapter_http::{Origins, TrustedProxies};
use chrono::TimeDelta;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, ORIGIN, SET_COOKIE};
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::world::{PASSWORD, Person};
use crate::support::{Reply, World};

const APP: &str = "https://app.example.com";
const EVIL: &str = "https://evil.test";

/// An operation of the served specification, its path filled in for somebody.
struct Operation {
    method: Method,
    path: String,
    reads_a_body: bool,
}

async fn operations(world: &World, person: &Person) -> Vec<Operation> {
    let document = world.get("//openapi.json", "").await.expect(200).body;
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            let path = path.replace("/organizations/{id}", &format!("/organizations/{}", person.organization));
            let known = [
                ("{provider}", "google"),
                ("{identity}", "google"),
                ("{service}", "SMS_GATEWAY"),
                ("{code}", "SMS_GATEWAY"),
                ("{key}", "free"),
                ("{permission}", "audit.view"),
                ("{id}", person.user.as_str()),
                ("{delivery}", person.user.as_str()),
            ];
            let path = known.iter().fold(path, |path, (parameter, value)| path.replace(parameter, value));
            assert!(!path.contains('{'), "{path}: say what stands for the parameter");
            let reads_a_body = operation["requestBody"].is_object();
            operations.push(Operation { method, path: format!("/{path}"), reads_a_body });
        }
    }
    operations
}

impl Operation {
    fn is_unsafe(&self) -> bool {
        self.method != Method::GET
    }

    async fn send(&self, world: &World, headers: &[(&str, &str)], body: &'static str) -> Reply {
        let request = world.request(self.method.clone(), &self.path).body(body);
        let request = headers.iter().fold(request, |it, (name, value)| it.header(*name, *value));
        Reply::of(request.send().await.expect("the server answers")).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_01_a_cookie_is_for_this_host_alone_and_no_script_and_holds_what_the_body_does_not() {
    let world = World::with(|config| config.public_url = "https://id.example.com".to_owned()).await;
    let ada = world.sign_up("acme").await;
    let mut browser = Browser::log_in(&world, &ada.email).await;
    let signed_in = browser.send(&world, Method::POST, "/auth/refresh", None).await;
    let step_up = json!({"password": PASSWORD});
    let stepped_up = browser.send(&world, Method::POST, "/auth/step-up", Some(step_up)).await;
    let moved = json!({"organization": "acme"});
    let moved = browser.send(&world, Method::POST, "/auth/switch-tenant", Some(moved)).await;
    for reply in [signed_in, stepped_up, moved] {
        let reply = reply.expect(200);
        let set: Vec<_> = reply.headers.get_all(SET_COOKIE).iter().map(|it| it.to_str().unwrap()).collect();
        assert!(!set.is_empty());
        for cookie in set {
            let (name, rest) = cookie.split_once('=').unwrap();
            let (value, attributes) = rest.split_once(';').unwrap();
            assert!(name.starts_with("__Host-portcullis_") && !reply.text.contains(value), "{cookie}");
            assert!(attributes.starts_with(" HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age="), "{cookie}");
            assert!(!cookie.to_lowercase().contains("domain") && cookie.len() < 4096, "{cookie}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_02_every_change_by_cookie_wants_proof_of_where_it_comes_from() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let mut browser = Browser::log_in(&world, &ada.email).await;
    let cookie = browser.shown();
    let cookie = ("Cookie", cookie.as_str());
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let all = operations(&world, &ada).await;
    let changing: Vec<_> = all.iter().filter(|it| it.is_unsafe()).collect();
    assert!(changing.len() > 80, "{}", changing.len());
    for it in changing {
        let told = format!("{} {}", it.method, it.path);
        for (headers, body) in [
            (&[cookie, ("Origin", EVIL)][..], "{}"),
            (&[cookie, ("Origin", "null")], "{}"),
            (&[cookie], "{}"),
            (&[cookie, ("Sec-Fetch-Site", "cross-site")], "{}"),
            (&[cookie, ("X-CSRF-Token", "x")], "{}"),
            (&[cookie, form], "email=a%40b.test"),
            (&[cookie, ("Content-Type", "text/plain")], "{}"),
            // Nobody is signed in by another site either.
            (&[("Origin", EVIL)], "{}"),
        ] {
            let reply = it.send(&world, headers, body).await;
            assert_eq!((reply.status.as_u16(), &reply.body["type"]), (403, &json!("csrf")), "{told} {headers:?}");
            assert!(!reply.headers.contains_key(SET_COOKIE), "{told}");
        }
        // From our own page, where there is a body to read: a form's is not read.
        for content_type in [form, ("Content-Type", "text/plain")] {
            if it.reads_a_body {
                let headers = [cookie, ("Origin", world.base()), content_type];
                let reply = it.send(&world, &headers, "{}").await;
                assert!([415, 403].contains(&reply.status.as_u16()), "{told} {}", reply.text);
                assert_ne!(reply.body["type"], "csrf", "{told}");
            }
        }
    }
    // Nothing has changed, and no method is another one's.
    browser.get(&world, "/auth/me").await.expect(200);
    for it in all.iter().filter(|it| !it.is_unsafe()) {
        for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
            it.send(&world, &[cookie, (name, "DELETE")], "").await;
        }
    }
    browser.get(&world, "/auth/me").await.expect(200);
    assert_eq!(browser.get(&world, "/organizations").await.expect(200).data().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_02_a_header_is_not_sent_along_unasked_and_needs_no_proof() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bearer = format!("Bearer {}", ada.access);
    for it in operations(&world, &ada).await.iter().filter(|it| it.is_unsafe()) {
        for headers in [&[("Authorization", bearer.as_str())][..], &[("Authorization", &bearer), ("Origin", EVIL)]] {
            let reply = it.send(&world, headers, "").await;
            assert_ne!(reply.body["type"], "csrf", "{} {}", it.method, it.path);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_03_answers_are_for_the_pages_that_are_listed_and_for_no_others() {
    let world = World::with(|config| config.edge.origins = Origins::parse([APP]).unwrap()).await;
    let ada = world.sign_up("acme").await;
    let ask = async |method: Method, origin: &str, more: &[(&str, &str)]| {
        let request = world.request(method, "/auth/me").header(ORIGIN, origin);
        let request = more.iter().fold(request, |it, (name, value)| it.header(*name, *value));
        Reply::read(request.send().await.unwrap()).await
    };
    let bearer = format!("Bearer {}", ada.access);
    let preflight = [("Access-Control-Request-Method", "PATCH"), ("Access-Control-Request-Headers", "authorization")];
    let kinds = [
        (Method::GET, &[("Authorization", bearer.as_str())][..], 200),
        (Method::GET, &[], 401),
        (Method::OPTIONS, &preflight, 204),
    ];
    for (method, headers, status) in kinds {
        for origin in [
            EVIL,
            "null",
            "https://app.example.com.evil.test",
            "https://evilapp.example.com",
            "http://app.example.com",
            "https://app.example.com:444",
            "https://APP.example.com",
        ] {
            let reply = ask(method.clone(), origin, headers).await;
            let refused = if status == 204 { 405 } else { status };
            assert_eq!(reply.status.as_u16(), refused, "{origin}");
            let told = reply.headers.keys().find(|it| it.as_str().starts_with("access-control-"));
            assert_eq!(told, None, "{origin} {status}");
        }
        let reply = ask(method, APP, headers).await.expect(status);
        assert_eq!(reply.headers["access-control-allow-origin"], APP);
        assert_eq!(reply.headers["access-control-allow-credentials"], "true");
        assert_eq!(reply.headers["vary"], "Origin");
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|it| it.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_04_every_answer_says_how_it_is_to_be_taken_and_what_is_personal_is_not_kept() {
    let world = World::with(|config| config.edge.proxies = TrustedProxies::parse(["127.0.0.1"]).unwrap()).await;
    let ada = world.sign_up("acme").await;
    let browser = Browser::log_in(&world, &ada.email).await;
    let (bearer, cookie) = (format!("Bearer {}", ada.access), browser.shown());
    let https = ("X-Forwarded-Proto", "https");
    let reading: Vec<_> = operations(&world, &ada).await.into_iter().filter(|it| !it.is_unsafe()).collect();
    assert!(reading.len() > 60, "{}", reading.len());
    for it in reading {
        let is_public = it.send(&world, &[https], "").await.status.is_success();
        for credential in [&[][..], &[("Authorization", bearer.as_str())], &[("Cookie", cookie.as_str())]] {
            let reply = it.send(&world, &[&[https][..], credential].concat(), "").await;
            let told = format!("{} {}", it.path, reply.status);
            assert_ne!(reply.status.as_u16(), 500, "{told} {}", reply.text);
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
                ("referrer-policy", "no-referrer"),
                ("strict-transport-security", "max-age=31536000"),
            ] {
                assert_eq!(header(&reply.headers, name), Some(value), "{told}");
            }
            let kept = header(&reply.headers, "cache-control");
            assert!(kept == Some("no-store") || is_public && kept.is_some(), "{told} {kept:?}");
            assert_eq!(header(&reply.headers, "server"), None);
        }
    }
    for path in ["/me/x.css", "/me/profile/x.css", "/auth/me/x.css"] {
        world.get(path, &ada.access).await.expect_error(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ck_04_whoever_signs_out_keeps_no_cookie_whatever_it_was_worth() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let own = async |browser: &mut Browser| {
        let sessions = browser.get(&world, "/me/sessions").await.expect(200);
        let own = sessions.data().iter().find(|it| it["current"] == true).expect("one asks").clone();
        own["id"].as_str().unwrap().to_owned()
    };
    for way in ["logout", "all", "one"] {
        let mut browser = Browser::log_in(&world, &ada.email).await;
        let (method, path) = match way {
            "logout" => (Method::POST, "/auth/logout".to_owned()),
            "all" => (Method::POST, "/me/sessions/revoke-all".to_owned()),
            _ => (Method::DELETE, format!("/me/sessions/{}", own(&mut browser).await)),
        };
        let before = browser.clone();
        let reply = browser.send(&world, method, &path, None).await.expect(204);
        assert_eq!(reply.headers["clear-site-data"], "\"cache\", \"storage\"");
        assert_eq!(reply.headers.get_all(SET_COOKIE).iter().count(), 4);
        assert!(browser.0.is_empty(), "{way}: {:?}", browser.0);
        before.ask(&world, Method::GET, "/auth/me", None).await.expect_error(401, "token_invalid");
        // What it kept is worth nothing now, and is forgotten all the same, also when it is too old besides.
        let mut late = before.clone();
        late.send(&world, Method::POST, "/auth/logout", None).await.expect_error(401, "token_invalid");
        assert!(late.0.is_empty(), "{way}: {:?}", late.0);
        world.clock.advance(TimeDelta::minutes(16));
        let mut late = before;
        late.send(&world, Method::POST, "/auth/logout", None).await.expect_error(401, "token_invalid");
        assert!(late.0.is_empty(), "{way}: {:?}", late.0);
    }
    // An account that stops takes its sign-in along; another session of one's own that ends does not.
    let mut browser = Browser::log_in(&world, &ada.email).await;
    let mut other = Browser::log_in(&world, &ada.email).await;
    let path = format!("/me/sessions/{}", own(&mut other).await);
    let reply = browser.send(&world, Method::DELETE, &path, None).await.expect(204);
    assert!(!reply.headers.contains_key(SET_COOKIE) && !reply.headers.contains_key("clear-site-data"));
    browser.send(&world, Method::POST, "/me/deletion", None).await.expect(204);
    assert!(browser.0.is_empty(), "{:?}", browser.0);
    // Another site can't make a browser forget.
    let mut browser = Browser::log_in(&world, &world.sign_up("other").await.email).await;
    let forged = world.request(Method::POST, "/auth/logout").header(COOKIE, browser.shown()).header(ORIGIN, EVIL);
    let forged = forged.header(CONTENT_TYPE, "text/plain").body("");
    browser.keep(&Reply::of(forged.send().await.unwrap()).await.expect_error(403, "csrf"));
    browser.get(&world, "/auth/me").await.expect(200);
}
