use std::fmt::Write;

use chrono::TimeDelta;
use identity::StepUp;
use reqwest::Method;
use serde_json::json;

use super::settings;
use crate::support::world::{ADMINISTRATOR, PASSWORD};
use crate::support::{Reply, World};

/// Every route, asked by everybody, for real: who gets past the door.
#[tokio::test(flavor = "multi_thread")]
async fn golden_permissions() {
    let world = World::administered().await;
    let ada = world.sign_up("acme").await;
    world.join(&ada, "admin@example.com", "admin").await;
    world.join(&ada, "member@example.com", "member").await;
    world.sign_up("stranger").await;

    let callers = [
        ("nobody", None),
        ("stranger", Some("stranger@example.com")),
        ("member", Some("member@example.com")),
        ("admin", Some("admin@example.com")),
        ("owner", Some("acme@example.com")),
        ("administrator", Some(ADMINISTRATOR)),
    ];
    let mut table = String::new();
    for row in adapter_http::route_table() {
        let method: Method = row.method.parse().expect("a route has a method");
        let permission = row.permission.as_deref().unwrap_or("-");
        write!(table, "{:6} {:44} {:22}", row.method, row.path, permission).expect("a string takes text");
        for (name, email) in callers {
            let path = row.path.replace("{service}", "SMS_GATEWAY").replace("{id}", &ada.user);
            assert!(!path.contains('{'), "{path}: say what stands for the parameter");
            let mut request = world.http.request(method.clone(), world.url(&format!("/{path}")));
            if method != Method::GET {
                request = request.json(&json!({}));
            }
            if let Some(email) = email {
                // A sign-in of its own for every call: one of the routes ends it.
                let login =
                    world.post("/auth/login", "", json!({"email": email, "password": PASSWORD})).await.expect(200);
                request = request.bearer_auth(login.text_of("/access_token")).header("X-Tenant", "acme");
                // Too long ago for what wants a factor given lately: so nobody's account is changed on the way.
                world.clock.advance(StepUp::RECENT + TimeDelta::seconds(1));
            }
            let reply = Reply::of(request.send().await.expect("the server answers")).await;
            assert!(reply.status.as_u16() < 500, "{} {path}: {}", row.method, reply.text);
            let cell = match reply.body["type"].as_str() {
                Some("token_missing") => "401",
                Some("permission_denied") => "403",
                Some("not_found") => "404",
                Some("step_up_required") => "step-up",
                _ => "yes",
            };
            if row.permission.is_some() {
                let role = rbac::system::roles().into_iter().find(|role| role.key.as_str() == name);
                let permission = kernel::Permission::parse(permission).expect("a permission");
                let holds = if permission == accounts::ADMINISTER {
                    name == "administrator"
                } else {
                    role.is_some_and(|role| role.permissions.iter().any(|pattern| pattern.holds(&permission)))
                };
                assert_eq!(matches!(cell, "yes" | "step-up"), holds, "{} {path} by {name}: {}", row.method, reply.text);
            }
            write!(table, " {name} {cell}").expect("a string takes text");
        }
        table.push('\n');
    }
    settings().bind(|| insta::assert_snapshot!("permissions", table));
}
