//! Another organization's things are not there: every route that names one, asked with another organization's ids.

use adapter_http::RouteRow;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::world::Person;
use crate::support::{Reply, World};

/// One of everything that has an id, in an organization.
struct Things {
    owner: Person,
    member: String,
    invitation: String,
    role: String,
    permission: String,
    subscription: String,
    reservation: String,
    key: String,
    secret: String,
    webhook: String,
    delivery: String,
    entry: String,
}

impl Things {
    async fn of(world: &World, slug: &str) -> Self {
        let owner = world.sign_up(slug).await;
        world.verify_email(&owner.email).await;
        let member = world.join(&owner, &format!("member-{slug}@example.com"), "member").await.user;
        let made = async |path: &str, body: Value| world.post(path, &owner.access, body).await.expect(201);
        let invitation = made("/team/invite", json!({"email": format!("guest@{slug}.test"), "role": "member"})).await;
        let role = made("/team/roles", json!({"key": format!("{slug}-role"), "name": "R", "permissions": []})).await;
        let permission = format!("{}.open", slug.replace('-', "_"));
        made("/permissions", json!({"key": permission})).await;
        let subscription = made("/subscriptions", json!({"service": "SMS_GATEWAY", "plan": "free"})).await;
        let wanted = json!({"meter": "messages", "quantity": 1});
        let reservation = made("/entitlements/SMS_GATEWAY/reservations", wanted).await;
        let key = made("/api-keys", json!({"name": "key"})).await;
        let hook = json!({"url": "http://127.0.0.1:1024/", "event_types": ["user.created"]});
        let webhook = made("/webhooks", hook).await.text_of("/id");
        let delivery = made(&format!("/webhooks/{webhook}/test"), json!({})).await.text_of("/id");
        let entry = world.get("/audit-logs?limit=1", &owner.access).await.expect(200).text_of("/data/0/id");
        let id = |it: &Reply| it.text_of("/id");
        Self {
            owner,
            member,
            invitation: id(&invitation),
            role: id(&role),
            permission,
            subscription: id(&subscription),
            reservation: id(&reservation),
            key: id(&key),
            secret: key.text_of("/key"),
            webhook,
            delivery,
            entry,
        }
    }

    /// The route's path, naming these things; `None` where it names nothing of an organization's, or is for who administers
    /// all of them.
    fn path(&self, route: &RouteRow) -> Option<String> {
        let (_, rest) = route.path.split_once("/api/v1").filter(|_| !administers(route))?;
        let path = rest
            .replace("/organizations/{id}", &format!("/organizations/{}", self.owner.organization))
            .replace("/team/members/{id}", &format!("/team/members/{}", self.member))
            .replace("/team/invitations/{id}", &format!("/team/invitations/{}", self.invitation))
            .replace("/team/roles/{id}", &format!("/team/roles/{}", self.role))
            .replace("/subscriptions/{id}", &format!("/subscriptions/{}", self.subscription))
            .replace("/reservations/{id}", &format!("/reservations/{}", self.reservation))
            .replace("/api-keys/{id}", &format!("/api-keys/{}", self.key))
            .replace("/webhooks/{id}", &format!("/webhooks/{}", self.webhook))
            .replace("{delivery}", &self.delivery)
            .replace("/audit-logs/{id}", &format!("/audit-logs/{}", self.entry));
        // Below a member it is one that everybody knows.
        let permission = if path.starts_with("/team/members/") { "audit.view" } else { &self.permission };
        let path = path.replace("{permission}", permission);
        (path != rest).then_some(path)
    }
}

/// Whether it is for platform administrators, whom no organization keeps out.
fn administers(route: &RouteRow) -> bool {
    route.permission.as_deref() == Some("platform.administer")
}

/// What is sent, so that nothing but what is named is wrong with it.
fn body(method: &Method, path: &str, things: &Things) -> Value {
    match path.rsplit('/').next().unwrap_or_default() {
        "role" => json!({"role": "member"}),
        "transfer-ownership" => json!({"user_id": things.member}),
        "replay" => json!({"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}),
        _ if path.contains("/permissions/") && *method == Method::PUT => json!({"effect": "allow"}),
        _ => json!({}),
    }
}

/// All but what is each answer's own.
fn told(reply: &Reply) -> Value {
    let mut body = reply.body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("request_id");
    }
    json!({"status": reply.status.as_u16(), "body": body})
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organizations_ids_name_nothing() {
    let world = World::new().await;
    let (ours, theirs) = (Things::of(&world, "acme").await, Things::of(&world, "other").await);
    // What waits to be taken up is not there for anybody else either; what was taken up even less.
    for it in [&ours, &theirs] {
        crate::support::eventually("the log has taken up the entry", async || {
            world.get(&format!("/audit-logs/{}/proof", it.entry), &it.owner.access).await.status == 200
        })
        .await;
    }
    // What nobody has.
    let mut nothing = Things::of(&world, "nothing").await;
    let ids = [&mut nothing.member, &mut nothing.invitation, &mut nothing.role, &mut nothing.key, &mut nothing.webhook];
    for id in ids.into_iter().chain([
        &mut nothing.subscription,
        &mut nothing.reservation,
        &mut nothing.delivery,
        &mut nothing.entry,
    ]) {
        *id = "0192f0c1-7c5e-7000-8000-00000000abcd".to_owned();
    }
    nothing.owner.organization = "0192f0c1-7c5e-7000-8000-00000000abcd".to_owned();
    nothing.permission = "nothing.open".to_owned();
    let rows = "SELECT (SELECT count(*) FROM members) + (SELECT count(*) FROM invitations WHERE status = 'pending') \
        + (SELECT count(*) FROM roles) + (SELECT count(*) FROM permissions) + (SELECT count(*) FROM keys) \
        + (SELECT count(*) FROM grants) + (SELECT sum(version) FROM members) + (SELECT sum(version) FROM invitations) \
        + (SELECT sum(version) FROM subscriptions) + (SELECT count(*) FROM reservations WHERE closed_at IS NULL) \
        + (SELECT sum(version) FROM organizations) + (SELECT sum(version) FROM keys) \
        + (SELECT sum(version + 1) FROM webhook_endpoints) + (SELECT count(*) FROM webhook_deliveries)";
    let before = world.database.count(rows).await;
    let mut tried = 0;
    for row in adapter_http::route_table() {
        let (Some(path), Some(unknown)) = (theirs.path(&row), nothing.path(&row)) else { continue };
        assert!(!path.contains('{'), "{path}: say what stands for the parameter");
        tried += 1;
        let method: Method = row.method.parse().unwrap();
        for credential in [&ours.owner.access, &ours.secret] {
            let ask = async |path: &str| {
                let mut request = world.http.request(method.clone(), world.url(path)).bearer_auth(credential);
                if method != Method::GET {
                    request = request.json(&body(&method, path, &ours));
                }
                Reply::of(request.send().await.unwrap()).await
            };
            let (foreign, unknown) = (ask(&path).await, ask(&unknown).await);
            let person_only = *credential == ours.secret && foreign.body["type"] == "person_required";
            assert!(foreign.status == 404 || person_only, "{} {path}: {}", row.method, foreign.text);
            assert_eq!(told(&foreign), told(&unknown), "{} {path}", row.method);
        }
    }
    assert!(tried >= 25, "only {tried} routes name something");
    assert_eq!(world.database.count(rows).await, before, "and nothing has changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_is_not_ones_own_is_not_there_by_whatever_route() {
    let world = World::new().await;
    let (ours, theirs) = (Things::of(&world, "acme").await, Things::of(&world, "other").await);
    let mut tried = 0;
    for row in adapter_http::route_table().into_iter().filter(|it| it.permission.is_some() && !administers(it)) {
        let Some((_, rest)) = row.path.split_once("/api/v1") else { continue };
        let path = ours.path(&row).unwrap_or_else(|| rest.replace("{service}", "SMS_GATEWAY"));
        let method: Method = row.method.parse().unwrap();
        for tenant in ["other", &theirs.owner.organization, "nowhere"] {
            for credential in [&ours.owner.access, &ours.secret] {
                let mut request = world.http.request(method.clone(), world.url(&path)).bearer_auth(credential);
                if method != Method::GET {
                    request = request.json(&body(&method, &path, &ours));
                }
                let reply = Reply::of(request.header("X-Tenant", tenant).send().await.unwrap()).await;
                let person_only = *credential == ours.secret && reply.body["type"] == "person_required";
                assert!(reply.status == 404 || person_only, "{} {path} in {tenant}: {}", row.method, reply.text);
            }
        }
        tried += 1;
    }
    assert!(tried >= 35, "only {tried} routes need a permission");
}

/// Ids in bodies are looked at within the organization too.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_named_in_a_body_is_looked_for_at_home() {
    let world = World::new().await;
    let (ours, theirs) = (Things::of(&world, "acme").await, Things::of(&world, "other").await);
    let post = async |path: &str, body: Value| world.post(path, &ours.owner.access, body).await;
    let role = format!("/team/members/{}/role", ours.member);
    world.patch(&role, &ours.owner.access, json!({"role": theirs.role})).await.expect(422);
    post("/team/invite", json!({"email": "x@example.com", "role": theirs.role})).await.expect(422);
    post("/team/invite", json!({"email": "x@example.com", "role": "other-role"})).await.expect(422);
    post("/team/roles", json!({"key": "r", "name": "R", "permissions": [], "inherits": [theirs.role]}))
        .await
        .expect(422);
    post("/team/roles", json!({"key": "r", "name": "R", "permissions": [theirs.permission]})).await.expect(422);
    post("/api-keys", json!({"name": "k", "scopes": [theirs.permission]})).await.expect(422);
    let about = json!({"permission": "team.view", "user_id": theirs.member});
    post("/permissions/check", about).await.expect_error(404, "not_found");
    let transfer = format!("/organizations/{}/transfer-ownership", ours.owner.organization);
    post(&transfer, json!({"user_id": theirs.member})).await.expect_error(404, "not_found");
    // A cursor of theirs is none of ours.
    let invite = json!({"email": "y@example.com", "role": "member"});
    world.post("/team/invite", &theirs.owner.access, invite).await.expect(201);
    let page = world.get("/team/invitations?limit=1", &theirs.owner.access).await.expect(200);
    let cursor = page.text_of("/next_cursor");
    world.get(&format!("/team/invitations?cursor={cursor}"), &ours.owner.access).await.expect(422);
}
