use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use identity::StepUp;
use reqwest::Method;
use serde_json::json;

use super::settings;
use crate::support::pictures::png;
use crate::support::world::{ADMINISTRATOR, PASSWORD, person};
use crate::support::{Reply, World};

/// By what somebody is known.
#[derive(Clone, Copy)]
enum Credential<'a> {
    None,
    SignIn(&'a str),
    Program(&'a str),
}

/// The path with something of its own for every call, where another of the routes changes or removes it.
async fn within(world: &World, route: &str, path: String) -> String {
    let owner = async || world.log_in("acme@example.com").await.expect(200).text_of("/access_token");
    let made = async |path: &str, body| world.post(path, &owner().await, body).await.expect(201);
    let unique = format!("n{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let email = format!("{unique}@example.com");
    if route.contains("/api-keys/{id}") {
        return path.replace("{id}", &made("/api-keys", json!({"name": "fresh"})).await.text_of("/id"));
    }
    if route.contains("/webhooks/{id}") {
        let hook = json!({"url": "http://127.0.0.1:1024/", "event_types": ["user.created"]});
        let id = made("/webhooks", hook).await.text_of("/id");
        let delivery = made(&format!("/webhooks/{id}/test"), json!({})).await.text_of("/id");
        return path.replace("{id}", &id).replace("{delivery}", &delivery);
    }
    if route.contains("/audit-logs/{id}") {
        let newest = world.get("/audit-logs?limit=1", &owner().await).await.expect(200);
        return path.replace("{id}", &newest.text_of("/data/0/id"));
    }
    if route.contains("/team/invitations/{id}") {
        let invited = made("/team/invite", json!({"email": email, "role": "member"})).await;
        return path.replace("{id}", &invited.text_of("/id"));
    }
    if route.contains("/team/roles/{id}") {
        let role = made("/team/roles", json!({"key": unique, "name": "Fresh", "permissions": []})).await;
        return path.replace("{id}", &role.text_of("/id"));
    }
    if route.ends_with("/permissions/{permission}") && !route.contains("/team/") {
        let key = format!("hives.{unique}");
        made("/permissions", json!({"key": key})).await;
        return path.replace("{permission}", &key);
    }
    if route.contains("/team/members/{id}") {
        let mut ada = world.log_in("acme@example.com").await.expect(200);
        ada.body["organization"] = json!({"id": "acme"});
        let member = world.join(&person(&ada, "acme@example.com"), &email, "member").await.user;
        let grant = format!("/team/members/{member}/permissions/audit.view");
        let body = json!({"effect": "allow"});
        let request = world.request(Method::PUT, &grant).bearer_auth(owner().await).json(&body);
        Reply::of(request.send().await.expect("the server answers")).await.expect(200);
        return path.replace("{id}", &member);
    }
    if route.contains("/subscriptions/{id}") {
        return path.replace("{id}", &subscription(world, &owner().await).await);
    }
    if route.contains("/reservations/{id}") {
        subscription(world, &owner().await).await;
        let reserved = json!({"meter": "bandwidth_gb", "quantity": 1});
        return path.replace("{id}", &made("/entitlements/HOSTING/reservations", reserved).await.text_of("/id"));
    }
    if route.ends_with("/users/{id}/avatar") {
        let avatar = world.request(Method::PUT, "/me/avatar").bearer_auth(owner().await).body(png(4, 4));
        Reply::of(avatar.send().await.expect("the server answers")).await.expect(200);
    }
    if route.ends_with("/leave") {
        // Nobody's: who leaves would be missing afterwards.
        return path.replace("/organizations/", "/organizations/no-such-");
    }
    path
}

/// The organization's subscription. Whatever becomes of it on the way: a state it is not in is past the door.
async fn subscription(world: &World, owner: &str) -> String {
    let subscribed = world.get("/subscriptions", owner).await.expect(200);
    if let Some(there) = subscribed.data().first() {
        return there["id"].as_str().expect("an id").to_owned();
    }
    let body = json!({"service": "HOSTING", "plan": "free"});
    world.post("/subscriptions", owner, body).await.expect(201).text_of("/id")
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

/// Every route, asked by everybody, for real: who gets past the door.
#[tokio::test(flavor = "multi_thread")]
async fn golden_permissions() {
    let world = World::administered().await;
    let ada = world.sign_up("acme").await;
    world.join(&ada, "admin@example.com", "admin").await;
    world.join(&ada, "member@example.com", "member").await;
    world.sign_up("stranger").await;
    world.verify_email(&ada.email).await;
    let key = world.post("/api-keys", &ada.access, json!({"name": "key"})).await.expect(201).text_of("/key");
    let all: Vec<&str> = rbac::system::PERMISSIONS.iter().map(|(permission, _)| permission.as_str()).collect();
    let body = json!({"name": "token", "permissions": all});
    let token = world.post("/me/tokens", &ada.access, body).await.expect(201).text_of("/token");

    // There must be one to see.
    let logo = world.request(Method::PUT, &format!("/organizations/{}/logo", ada.organization)).body(png(4, 4));
    Reply::of(logo.bearer_auth(&ada.access).send().await.expect("the server answers")).await.expect(200);

    let callers = [
        ("nobody", Credential::None),
        ("stranger", Credential::SignIn("stranger@example.com")),
        ("member", Credential::SignIn("member@example.com")),
        ("admin", Credential::SignIn("admin@example.com")),
        ("owner", Credential::SignIn("acme@example.com")),
        ("administrator", Credential::SignIn(ADMINISTRATOR)),
        // As good as an admin, and as its owner.
        ("key", Credential::Program(&key)),
        ("token", Credential::Program(&token)),
    ];
    let mut table = String::new();
    for row in adapter_http::route_table() {
        let method: Method = row.method.parse().expect("a route has a method");
        let permission = row.permission.as_deref().unwrap_or("-");
        write!(table, "{:6} {:58} {:22}", row.method, row.path, permission).expect("a string takes text");
        for (name, credential) in callers {
            let path = row.path.replace("/organizations/{id}", &format!("/organizations/{}", ada.organization));
            let path = within(&world, &row.path, path).await;
            let path = path.replace("{service}", "SMS_GATEWAY").replace("{id}", &ada.user);
            let path = path.replace("{provider}", "google").replace("{identity}", "google");
            let path = path.replace("{code}", "SMS_GATEWAY").replace("{key}", "free");
            let path = path.replace("{permission}", "audit.view");
            assert!(!path.contains('{'), "{path}: say what stands for the parameter");
            let mut request = world.http.request(method.clone(), world.url(&format!("/{path}")));
            if method == Method::PUT && (path.ends_with("/logo") || path.ends_with("/avatar")) {
                request = request.body(png(4, 4));
            } else if method != Method::GET {
                request = request.json(&json!({}));
            }
            match credential {
                Credential::None => {}
                Credential::Program(text) => request = request.bearer_auth(text).header("X-Tenant", "acme"),
                Credential::SignIn(email) => {
                    // A sign-in of its own for every call: one of the routes ends it.
                    let login =
                        world.post("/auth/login", "", json!({"email": email, "password": PASSWORD})).await.expect(200);
                    request = request.bearer_auth(login.text_of("/access_token")).header("X-Tenant", "acme");
                    // Too long ago for what wants a factor given lately: so nobody's account is changed on the way.
                    world.clock.advance(StepUp::RECENT + TimeDelta::seconds(1));
                }
            }
            let reply = Reply::of(request.send().await.expect("the server answers")).await;
            assert!(reply.status.as_u16() < 500, "{} {path}: {}", row.method, reply.text);
            let cell = match reply.body["type"].as_str() {
                Some("token_missing") => "401",
                Some("permission_denied") => "403",
                Some("not_found") => "404",
                Some("step_up_required") => "step-up",
                Some("person_required") => "person",
                _ => "yes",
            };
            if row.permission.is_some() {
                let as_good_as = match name {
                    "key" => "admin",
                    "token" => "owner",
                    name => name,
                };
                let role = rbac::system::roles().into_iter().find(|role| role.key.as_str() == as_good_as);
                let permission = kernel::Permission::parse(permission).expect("a permission");
                let holds = if permission == accounts::ADMINISTER {
                    name == "administrator"
                } else {
                    role.is_some_and(|role| role.permissions.iter().any(|pattern| pattern.holds(&permission)))
                };
                let holds = holds && cell != "person";
                assert_eq!(matches!(cell, "yes" | "step-up"), holds, "{} {path} by {name}: {}", row.method, reply.text);
            }
            write!(table, " {name} {cell}").expect("a string takes text");
        }
        table.push('\n');
    }
    settings().bind(|| insta::assert_snapshot!("permissions", table));
}
