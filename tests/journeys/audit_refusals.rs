//! What was refused, and who may read of it.

use chrono::TimeDelta;
use kernel::rfc3339;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::pictures::{SVG, png};
use crate::support::world::{PASSWORD, Person};
use crate::support::{Reply, World};

async fn outside(world: &World, root: &str, query: &str) -> Vec<Value> {
    world.get(&format!("/admin/audit-logs?{query}"), root).await.expect(200).data().clone()
}

async fn inside(world: &World, person: &Person, action: &str) -> Vec<Value> {
    world.get(&format!("/audit-logs?action={action}"), &person.access).await.expect(200).data().clone()
}

fn reasons(entries: &[Value]) -> Vec<&str> {
    let mut reasons: Vec<&str> = entries.iter().map(|it| it["reason"].as_str().unwrap_or("done")).collect();
    reasons.sort_unstable();
    reasons
}

#[tokio::test(flavor = "multi_thread")]
async fn platform_administrators_read_what_is_no_organizations_and_nobody_else_does() {
    let world = World::administered().await;
    let ada = world.sign_up("acme").await;
    let root = world.administrator().await;
    world.log_in_with(&ada.email, "Wrong-Horse-42").await.expect(401);
    world.patch("/admin/settings", &root, json!({"lockout": {"threshold": 3}})).await.expect(200);
    for _ in 0..3 {
        world.log_in_with("nobody@example.com", "Wrong-Horse-42").await;
    }
    world.post(&format!("/admin/users/{}/suspend", ada.user), &root, json!({})).await.expect(204);
    world.post(&format!("/admin/users/{}/reactivate", ada.user), &root, json!({})).await.expect(204);

    for action in ["session.login_failed", "user.locked", "user.suspended", "settings.updated"] {
        let told = outside(&world, &root, &format!("action={action}")).await;
        assert!(!told.is_empty(), "{action}");
        assert!(told.iter().all(|it| it["organization_id"].is_null() && it["action"] == action), "{told:?}");
    }
    let of_ada = outside(&world, &root, &format!("target={}&action=session.login_failed", ada.user)).await;
    assert_eq!(reasons(&of_ada), ["wrong_password"]);
    assert_eq!(of_ada[0]["ip"], "127.0.0.1");
    let all = outside(&world, &root, "limit=100").await;
    assert!(all.iter().all(|it| it["organization_id"].is_null()));
    let first = world.get("/admin/audit-logs?limit=1", &root).await.expect(200);
    let next = format!("/admin/audit-logs?limit=1&cursor={}", first.text_of("/next_cursor"));
    assert_eq!((&first.data()[0], &world.get(&next, &root).await.expect(200).data()[0]), (&all[0], &all[1]));

    let ada = Person { access: world.log_in(&ada.email).await.expect(200).text_of("/access_token"), ..ada };
    let refused = world.get("/admin/audit-logs", &ada.access).await.expect_error(403, "permission_denied");
    assert_eq!(refused.text_of("/required_permission"), "platform.administer");
    let cursor = first.text_of("/next_cursor");
    world.get(&format!("/audit-logs?cursor={cursor}"), &ada.access).await.expect(422);
    for bad in ["limit=0", "from=yesterday", "colour=red", "cursor=x"] {
        world.get(&format!("/admin/audit-logs?{bad}"), &root).await.expect(422);
    }
    // What happened to a member outside is not in the organization's reports.
    let report = world.get("/compliance/reports/security", &ada.access).await.expect(200);
    assert!(!report.text.contains("session.login_failed"), "{}", report.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_names_an_organization_that_is_not_theirs_is_written_down_and_not_in_its_log() {
    let world = World::administered().await;
    let (ada, eve) = (world.sign_up("acme").await, world.sign_up("other").await);
    let root = world.administrator().await;
    let hers = format!("SELECT count(*) FROM audit_entries WHERE organization_id = '{}'", ada.organization);
    let before = world.database.count(&hers).await;
    let named = async |tenant: &str, path: &str| {
        let request = world.request(Method::GET, path).bearer_auth(&eve.access).header("X-Tenant", tenant);
        Reply::of(request.send().await.unwrap()).await.expect(404);
    };
    world.get(&format!("/organizations/{}", ada.organization), &eve.access).await.expect(404);
    for tenant in ["acme", "nowhere", "No Slug"] {
        named(tenant, "/team").await;
        named(tenant, "/auth/me").await;
    }
    world.post("/auth/switch-tenant", &eve.access, json!({"organization": "acme"})).await.expect(404);
    let told = outside(&world, &root, &format!("action=access.denied&actor={}", eve.user)).await;
    assert_eq!(reasons(&told), ["not_found"], "one for all of them: {told:?}");
    assert_eq!(told[0]["target"], json!({"kind": "permission", "id": "organization.enter"}));
    assert_eq!(world.database.count(&hers).await, before);
    // A sign-in whose organization is gone has tried nothing.
    let cyd = world.sign_up("third").await;
    world.delete(&format!("/organizations/{}", cyd.organization), &cyd.access).await.expect(204);
    world.get("/team", &cyd.access).await.expect(404);
    assert!(outside(&world, &root, &format!("action=access.denied&actor={}", cyd.user)).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_member_at_the_door_is_in_the_organizations_log() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    world.post(&format!("/team/members/{}/suspend", bob.user), &ada.access, json!({})).await.expect(204);
    for _ in 0..2 {
        world.get("/team", &bob.access).await.expect_error(403, "member_suspended");
    }
    // Who asks only who they are is not at that door.
    world.get("/auth/me", &bob.access).await.expect(200);
    let told = inside(&world, &ada, "access.denied").await;
    assert_eq!(reasons(&told), ["member_suspended"]);
    assert_eq!(told[0]["actor"], json!({"kind": "user", "id": bob.user}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_factor_that_is_missing_at_the_door_is_in_the_organizations_log() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    world.verify_email(&ada.email).await;
    let (authenticator, _) = world.enable_mfa(&ada.access).await;
    let path = format!("/organizations/{}", ada.organization);
    world.patch(&path, &ada.access, json!({"require_mfa": true})).await.expect(200);
    for _ in 0..2 {
        world.get("/team", &bob.access).await.expect_error(403, "mfa_enrolment_required");
    }
    world.clock.advance(TimeDelta::minutes(6));
    for _ in 0..2 {
        world.delete(&path, &ada.access).await.expect_error(403, "step_up_required");
    }
    let code = authenticator.code(&world, 0);
    let again = world.post("/auth/step-up", &ada.access, json!({"password": PASSWORD, "totp_code": code})).await;
    let ada = Person { access: again.expect(200).text_of("/access_token"), ..ada };
    let told = inside(&world, &ada, "access.denied").await;
    let mut kinds = reasons(&told);
    // Those that were folded meanwhile are an entry of their own.
    kinds.dedup();
    assert_eq!(kinds, ["mfa_enrolment_required", "step_up_required"], "{told:?}");
    let of = |reason: &str| told.iter().find(|it| it["reason"] == reason).unwrap();
    let (enrol, step_up) = (of("mfa_enrolment_required"), of("step_up_required"));
    assert_eq!(enrol["actor"], json!({"kind": "user", "id": bob.user}));
    assert_eq!(enrol["target"], json!({"kind": "permission", "id": "organization.enter"}));
    assert_eq!(step_up["actor"], json!({"kind": "user", "id": ada.user}));
    assert_eq!(step_up["target"], json!({"kind": "permission", "id": "session.step_up"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_refused_is_in_its_organizations_log_and_one_that_never_was_is_nowhere() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.verify_email(&ada.email).await;
    let at = |minutes| rfc3339(world.now() + TimeDelta::minutes(minutes));
    let made = async |body: Value| world.post("/api-keys", &ada.access, body).await.expect(201);
    // One that was in use and is revoked.
    let revoked = made(json!({"name": "c"})).await;
    world.get("/team", &revoked.text_of("/key")).await.expect(200);
    world.delete(&format!("/api-keys/{}", revoked.text_of("/id")), &ada.access).await.expect(204);
    for _ in 0..2 {
        world.get("/team", &revoked.text_of("/key")).await.expect_error(401, "token_invalid");
    }
    let by_it = format!("/audit-logs?action=access.denied&actor={}", revoked.text_of("/id"));
    assert_eq!(reasons(world.get(&by_it, &ada.access).await.expect(200).data()), ["gone"]);

    let (short, long) = (made(json!({"name": "a", "expires_at": at(3)})).await, made(json!({"name": "b"})).await);
    let rotate = format!("/api-keys/{}/rotate", long.text_of("/id"));
    let rotated = world.post(&rotate, &ada.access, json!({"overlap_seconds": 60})).await;
    assert!(rotated.status.is_success(), "{}", rotated.text);
    world.clock.advance(TimeDelta::minutes(4));
    for _ in 0..3 {
        for key in [&short, &long] {
            world.get("/team", &key.text_of("/key")).await.expect_error(401, "token_invalid");
        }
        world.get("/me/sessions", &rotated.text_of("/key")).await.expect_error(403, "person_required");
    }
    let told = inside(&world, &ada, "access.denied").await;
    let mut kinds = reasons(&told);
    // Those that were folded meanwhile are an entry of their own.
    kinds.dedup();
    assert_eq!(kinds, ["expired", "gone", "person_required", "replaced"], "{told:?}");
    let by = |reason: &str| told.iter().find(|it| it["reason"] == reason).unwrap()["actor"].clone();
    assert_eq!(by("expired"), json!({"kind": "key", "id": short.text_of("/id")}));
    assert_eq!(by("replaced"), json!({"kind": "key", "id": long.text_of("/id")}));

    // What was folded of real keys may be written meanwhile.
    let others = "SELECT count(*) FROM audit_entries WHERE actor_kind <> 'key'";
    let all = world.database.count(others).await;
    for made_up in ["hbx_nonsense", "pcp_nonsense", "ey.ey.ey", "x"] {
        world.get("/team", made_up).await.expect_error(401, "token_invalid");
    }
    assert_eq!(world.database.count(others).await, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_and_not_taken_is_written_down() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let put = async |body: Vec<u8>, encoding: Option<&str>| {
        let mut request =
            world.request(Method::PUT, &format!("/organizations/{}/logo", ada.organization)).bearer_auth(&ada.access);
        if let Some(encoding) = encoding {
            request = request.header("Content-Encoding", encoding);
        }
        Reply::of(request.body(body).send().await.unwrap()).await
    };
    put(SVG.as_bytes().to_vec(), None).await.expect(415);
    put(b"x".to_vec(), Some("gzip")).await.expect(415);
    let picture = png(8, 8);
    put(picture[..picture.len() / 2].to_vec(), None).await.expect(422);
    let huge = vec![0; 10 * 1024 * 1024 + 1];
    put(huge, None).await.expect(413);
    let told = inside(&world, &ada, "organization.logo_refused").await;
    assert_eq!(reasons(&told), ["not_a_picture", "not_a_picture", "picture_broken", "upload_too_large"]);

    let hook = |url: &str| json!({"url": url, "event_types": ["user.created"]});
    for url in ["http://169.254.169.254/latest?canary", "https://10.0.0.1/canary", "not a url"] {
        world.post("/webhooks", &ada.access, hook(url)).await.expect(422);
    }
    let good = world.post("/webhooks", &ada.access, hook("https://93.184.216.34/in")).await.expect(201).text_of("/id");
    let path = format!("/webhooks/{good}");
    world.patch(&path, &ada.access, json!({"url": "https://[::1]/canary"})).await.expect(422);
    let told = inside(&world, &ada, "webhook.refused").await;
    assert_eq!(reasons(&told), ["private_host"; 3]);
    assert_eq!(told[0]["target"], json!({"kind": "webhook", "id": good}));
    assert_eq!(told[0]["changes"], json!([{"field": "host", "before": null, "after": "[::1]"}]));
    assert!(!json!(told).to_string().contains("canary"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_oneself_and_a_token_that_comes_again_are_written_down() {
    let world = World::administered().await;
    let ada = world.sign_up("acme").await;
    let root = world.administrator().await;
    let export = world.get("/me/export", &ada.access).await.expect(200);
    assert_eq!(export.body["audit_entries"][0]["action"], "user.exported", "itself included");
    let told = outside(&world, &root, "action=user.exported").await;
    assert_eq!(told[0]["target"], json!({"kind": "user", "id": ada.user}));

    world.post("/auth/refresh", "", json!({"refresh_token": ada.refresh})).await.expect(200);
    world.post("/auth/refresh", "", json!({"refresh_token": ada.refresh})).await.expect_error(401, "token_invalid");
    let told = inside(&world, &ada, "session.refresh_lost").await;
    assert_eq!(reasons(&told), ["just_rotated"]);
    assert_eq!(told[0]["actor"]["kind"], "nobody");
}
