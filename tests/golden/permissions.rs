use std::fmt::Write;

use chrono::TimeDelta;
use identity::StepUp;
use reqwest::Method;
use serde_json::json;

use super::settings;
use crate::support::world::{ADMINISTRATOR, PASSWORD};
use crate::support::{Reply, World};

/// By what somebody is known.
#[derive(Clone, Copy)]
enum Credential<'a> {
    None,
    SignIn(&'a str),
    Program(&'a str),
}

async fn fresh_key(world: &World) -> String {
    let owner = world.log_in("acme@example.com").await.expect(200).text_of("/access_token");
    world.post("/api-keys", &owner, json!({"name": "fresh"})).await.expect(201).text_of("/id")
}

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
        write!(table, "{:6} {:44} {:22}", row.method, row.path, permission).expect("a string takes text");
        for (name, credential) in callers {
            let path = row.path.replace("/organizations/{id}", &format!("/organizations/{}", ada.organization));
            // One of its own for every call: another of the routes removes it.
            let path = match path.split_once("/api-keys/{id}") {
                Some((before, after)) => format!("{before}/api-keys/{}{after}", fresh_key(&world).await),
                None => path,
            };
            let path = path.replace("{service}", "SMS_GATEWAY").replace("{id}", &ada.user);
            let path = path.replace("{provider}", "google").replace("{identity}", "google");
            assert!(!path.contains('{'), "{path}: say what stands for the parameter");
            let mut request = world.http.request(method.clone(), world.url(&format!("/{path}")));
            if method != Method::GET {
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
