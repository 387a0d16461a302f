//! `kill -9` at any moment: what was answered is there, and nothing is half done.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::sync::Mutex;

use crate::support::database::TestDatabase;
use crate::support::process::Process;
use crate::support::receiver::Receiver;
use crate::support::world::PASSWORD;
use crate::support::{Reply, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn killed_during_sign_ups_it_leaves_nothing_half_done() {
    server::use_aws_lc_rs();
    let database = TestDatabase::new().await;
    let data_dir = std::env::temp_dir().join(format!("portcullis-crash-{}", std::process::id()));
    std::fs::create_dir_all(&data_dir).expect("a directory can be made");
    let next = Arc::new(AtomicUsize::new(0));
    let acknowledged: Arc<Mutex<Vec<String>>> = Arc::default();

    for round in 0..3 {
        let mut server = Process::start(&data_dir, Some(&database.url)).await;
        let clients: Vec<_> = (0..8)
            .map(|_| {
                let (next, acknowledged) = (Arc::clone(&next), Arc::clone(&acknowledged));
                let url = format!("{}/api/v1/tenants", server.url);
                tokio::spawn(async move {
                    let client = reqwest::Client::new();
                    loop {
                        let n = next.fetch_add(1, Ordering::SeqCst);
                        let slug = format!("org-{n}");
                        let owner = json!({"email": format!("u{n}@example.com"), "username": format!("user_{n}"), "password": PASSWORD});
                        let body = json!({"name": "Acme", "slug": slug, "owner": owner});
                        match client.post(&url).json(&body).send().await {
                            Ok(answer) if answer.status() == 201 => acknowledged.lock().await.push(slug),
                            Ok(answer) => panic!("{}", answer.status()),
                            Err(_) => return,
                        }
                    }
                })
            })
            .collect();
        while acknowledged.lock().await.len() < 20 * (round + 1) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.kill().await;
        for client in clients {
            client.await.expect("a client ends");
        }
    }

    let acknowledged = acknowledged.lock().await.clone();
    let list: Vec<String> = acknowledged.iter().map(|slug| format!("'{slug}'")).collect();
    let found = database.count(&format!("SELECT count(*) FROM organizations WHERE slug IN ({})", list.join(","))).await;
    assert_eq!(usize::try_from(found).unwrap(), acknowledged.len(), "an acknowledged organization is gone");
    for (what, orphan) in [
        ("owner", "NOT EXISTS (SELECT 1 FROM members m WHERE m.organization_id = o.id AND m.role = 'owner')"),
        (
            "audit entry",
            "NOT EXISTS (SELECT 1 FROM audit_entries a WHERE a.organization_id = o.id AND a.action = 'organization.created')",
        ),
        ("event", "NOT EXISTS (SELECT 1 FROM events e WHERE e.scope_id = o.id AND e.kind = 'organization.created')"),
        ("session", "NOT EXISTS (SELECT 1 FROM sessions s WHERE s.organization_id = o.id)"),
    ] {
        let orphans = database.count(&format!("SELECT count(*) FROM organizations o WHERE {orphan}")).await;
        assert_eq!(orphans, 0, "an organization without {what}");
    }
    let strays = "SELECT count(*) FROM users u WHERE NOT EXISTS (SELECT 1 FROM members m WHERE m.user_id = u.id)";
    assert_eq!(database.count(strays).await, 0, "a user without organization");
    std::fs::remove_dir_all(&data_dir).ok();
}

async fn post(server: &Process, path: &str, body: serde_json::Value) -> Reply {
    let url = format!("{}/api/v1{path}", server.url);
    Reply::of(reqwest::Client::new().post(url).json(&body).send().await.expect("the server answers")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_and_started_again_it_revives_no_rotated_token_and_no_lock() {
    server::use_aws_lc_rs();
    let database = TestDatabase::new().await;
    let data_dir = std::env::temp_dir().join(format!("portcullis-revive-{}", std::process::id()));
    std::fs::create_dir_all(&data_dir).expect("a directory can be made");
    let mut server = Process::start(&data_dir, Some(&database.url)).await;
    let sign_up = async |server: &Process, name: &str| {
        let email = format!("{name}@example.com");
        let owner = json!({"email": email, "username": name, "password": PASSWORD});
        post(server, "/tenants", json!({"name": "Acme", "slug": name, "owner": owner})).await.expect(201)
    };
    let ada = sign_up(&server, "ada").await;
    let ended = sign_up(&server, "eve").await;
    let rotated = json!({"refresh_token": ada.text_of("/refresh_token")});
    let next = post(&server, "/auth/refresh", rotated.clone()).await.expect(200);
    let out = reqwest::Client::new().post(format!("{}/api/v1/auth/logout", server.url));
    let out = out.bearer_auth(ended.text_of("/access_token")).send().await.expect("the server answers");
    assert_eq!(out.status(), 204);
    let wrong = json!({"email": "ada@example.com", "password": "Wrong-Horse-42"});
    for _ in 0..10 {
        post(&server, "/auth/login", wrong.clone()).await.expect(401);
    }
    server.kill().await;

    let mut server = Process::start(&data_dir, Some(&database.url)).await;
    let right = json!({"email": "ada@example.com", "password": PASSWORD});
    post(&server, "/auth/login", right.clone()).await.expect_error(423, "account_locked");
    let successor = json!({"refresh_token": next.text_of("/refresh_token")});
    let third = post(&server, "/auth/refresh", successor).await.expect(200);
    post(&server, "/auth/refresh", rotated).await.expect_error(401, "token_invalid");
    let ended_access = ended.text_of("/access_token");
    for access in [&ended_access, &third.text_of("/access_token")] {
        let me = reqwest::Client::new().get(format!("{}/api/v1/auth/me", server.url)).bearer_auth(access);
        assert_eq!(me.send().await.expect("the server answers").status(), 401);
    }
    server.kill().await;
    let server = Process::start(&data_dir, Some(&database.url)).await;
    post(&server, "/auth/login", right).await.expect_error(423, "account_locked");
    std::fs::remove_dir_all(&data_dir).ok();
}

/// A server that consumes, and one more beside it on the same database.
#[tokio::test(flavor = "multi_thread")]
async fn killed_during_consumption_it_neither_oversells_nor_forgets() {
    const QUOTA: i64 = 5_000;
    server::use_aws_lc_rs();
    let database = TestDatabase::new().await;
    let directory = |name: &str| {
        let path = std::env::temp_dir().join(format!("portcullis-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory can be made");
        path
    };
    let (one, two) = (directory("meter-one"), directory("meter-two"));
    let mut servers =
        [Process::start(&one, Some(&database.url)).await, Process::start(&two, Some(&database.url)).await];
    let owner = json!({"email": "ada@example.com", "username": "ada", "password": PASSWORD});
    let ada = post(&servers[0], "/tenants", json!({"name": "Acme", "slug": "acme", "owner": owner})).await.expect(201);
    let access = ada.text_of("/access_token");
    let send = |server: &Process, path: &str, body: serde_json::Value| {
        let request = reqwest::Client::new().post(format!("{}/api/v1{path}", server.url));
        request.bearer_auth(&access).json(&body).send()
    };
    let subscription = json!({"service": "SMS_GATEWAY", "plan": "free"});
    assert_eq!(send(&servers[0], "/subscriptions", subscription).await.unwrap().status(), 201);
    let quota = format!(
        "UPDATE plan_versions SET features = jsonb_set(features, '{{0,quota}}', '{QUOTA}')
        WHERE service = 'SMS_GATEWAY' AND plan = 'free'"
    );
    database.execute(&quota).await;

    let acknowledged: Arc<Mutex<Vec<String>>> = Arc::default();
    let urls = [servers[0].url.clone(), servers[1].url.clone()];
    let clients: Vec<_> = (0..16usize)
        .map(|client| {
            let (acknowledged, access, urls) = (Arc::clone(&acknowledged), access.clone(), urls.clone());
            tokio::spawn(async move {
                let http = reqwest::Client::new();
                for n in 0.. {
                    let key = format!("c{client}-{n}");
                    let body = json!({"meter": "messages", "quantity": 1, "idempotency_key": key});
                    // Who gets no answer asks the other server, which is not to count it again.
                    let mut at = client % 2;
                    let status = loop {
                        let url = format!("{}/api/v1/entitlements/SMS_GATEWAY/usage", urls[at]);
                        match http.post(url).bearer_auth(&access).json(&body).send().await {
                            Ok(answer) if answer.status() != 503 => break answer.status(),
                            _ => at = 1 - at,
                        }
                    };
                    match status.as_u16() {
                        200 => acknowledged.lock().await.push(key),
                        429 => return,
                        other => panic!("{other}"),
                    }
                }
            })
        })
        .collect();
    while acknowledged.lock().await.len() < 1_000 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    servers[1].kill().await;
    for client in clients {
        client.await.expect("a client ends");
    }

    let acknowledged = acknowledged.lock().await.clone();
    assert_eq!(i64::try_from(acknowledged.len()).unwrap(), QUOTA, "exactly the quota is acknowledged");
    for (what, sql) in [
        ("counted", "SELECT used FROM meters"),
        ("ledger", "SELECT sum(quantity) FROM consumptions"),
        ("history", "SELECT sum(used) FROM usage_hours"),
        (
            "audit log",
            "SELECT sum((detail->>'after')::bigint) FROM audit_entries, jsonb_array_elements(public) detail
            WHERE action = 'entitlement.consumed' AND detail->>'key' = 'quantity'",
        ),
    ] {
        assert_eq!(database.count(sql).await, QUOTA, "{what}");
    }
    let events = "SELECT count(*) FROM events WHERE kind = 'entitlement.threshold_reached'";
    assert_eq!(database.count(events).await, 2, "80 % and 100 %, each once");
    for directory in [one, two] {
        std::fs::remove_dir_all(directory).ok();
    }
}

/// Invites people until nobody answers, and notes whom it was told that it had.
async fn invite(url: String, access: String, next: Arc<AtomicUsize>, acknowledged: Arc<Mutex<Vec<String>>>) {
    let client = reqwest::Client::new();
    loop {
        let email = format!("guest{}@example.com", next.fetch_add(1, Ordering::SeqCst));
        let body = json!({"email": email, "role": "member"});
        match client.post(&url).bearer_auth(&access).json(&body).send().await {
            Ok(answer) if answer.status() == 201 => acknowledged.lock().await.push(email),
            Ok(answer) => panic!("{}", answer.status()),
            Err(_) => return,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_it_records_and_tells_each_change_once() {
    server::use_aws_lc_rs();
    let database = TestDatabase::new().await;
    let data_dir = std::env::temp_dir().join(format!("portcullis-told-{}", std::process::id()));
    std::fs::create_dir_all(&data_dir).expect("a directory can be made");
    let receiver = Receiver::start(&[]);
    let variables = [("PORTCULLIS_WEBHOOK_ALLOW_HOSTS", "127.0.0.1")];
    let start = async || Process::start_with(&data_dir, Some(&database.url), &variables).await;
    let mut server = start().await;
    let owner = json!({"email": "ada@example.com", "username": "ada", "password": PASSWORD});
    let ada = post(&server, "/tenants", json!({"name": "Acme", "slug": "acme", "owner": owner})).await.expect(201);
    let access = ada.text_of("/access_token");
    let hook = json!({"url": receiver.url(), "event_types": ["invitation.created"]});
    let made = reqwest::Client::new().post(format!("{}/api/v1/webhooks", server.url)).bearer_auth(&access).json(&hook);
    assert_eq!(made.send().await.expect("the server answers").status(), 201);

    let next = Arc::new(AtomicUsize::new(0));
    let acknowledged: Arc<Mutex<Vec<String>>> = Arc::default();
    for round in 0..50 {
        if round > 0 {
            server = start().await;
        }
        let url = format!("{}/api/v1/team/invite", server.url);
        let clients: Vec<_> = (0..4)
            .map(|_| tokio::spawn(invite(url.clone(), access.clone(), Arc::clone(&next), Arc::clone(&acknowledged))))
            .collect();
        // Each time at another moment of what goes on.
        while acknowledged.lock().await.len() < 20 * (round + 1) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.kill().await;
        for client in clients {
            client.await.expect("a client ends");
        }
    }

    // What was on its way comes again when its lease ends; here that is at once.
    database.execute("UPDATE webhook_deliveries SET due_at = now() WHERE settled_at IS NULL").await;
    let _server = start().await;
    let waiting = "SELECT (SELECT count(*) FROM events WHERE relayed_at IS NULL)
        + (SELECT count(*) FROM webhook_deliveries WHERE settled_at IS NULL) + (SELECT count(*) FROM audit_waiting)";
    eventually("everything is told and in the log", async || database.count(waiting).await == 0).await;
    let acknowledged = acknowledged.lock().await.clone();
    let list: Vec<String> = acknowledged.iter().map(|email| format!("'{email}'")).collect();
    let kept = format!("SELECT count(*) FROM invitations WHERE email IN ({})", list.join(","));
    assert_eq!(usize::try_from(database.count(&kept).await).unwrap(), acknowledged.len(), "an invitation is gone");
    let changes = database.count("SELECT count(*) FROM invitations").await;
    let told: BTreeSet<String> = receiver.all().iter().map(|it| it.header("webhook-id").to_owned()).collect();
    for (what, sql) in [
        ("audit entries", "SELECT count(*) FROM audit_entries WHERE action = 'invitation.created'"),
        (
            "leaves of the log",
            "SELECT count(*) FROM audit_leaves l JOIN audit_entries a ON a.id = l.entry_id
            WHERE a.action = 'invitation.created'",
        ),
        ("events", "SELECT count(*) FROM events WHERE kind = 'invitation.created'"),
        ("deliveries", "SELECT count(*) FROM webhook_deliveries WHERE delivered"),
    ] {
        assert_eq!(database.count(sql).await, changes, "{what}");
    }
    assert_eq!(i64::try_from(told.len()).unwrap(), changes, "ids that arrived");
    std::fs::remove_dir_all(&data_dir).ok();
}
