//! `kill -9` at any moment: what was answered is there, and nothing is half done.

use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

use crate::support::database::TestDatabase;
use crate::support::world::PASSWORD;

struct Server {
    url: String,
    child: Child,
}

impl Server {
    async fn start(database: &TestDatabase, data_dir: &std::path::Path) -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|it| it.local_addr()).expect("a port is free").port();
        let child = Command::new(env!("CARGO_BIN_EXE_portcullis-under-test"))
            .arg("serve")
            .current_dir(data_dir)
            .env("PORTCULLIS_LISTEN", format!("127.0.0.1:{port}"))
            .env("PORTCULLIS_DATA_DIR", data_dir)
            .env("DATABASE_URL", &database.url)
            .env("SECRET_KEY", "9f2c1f0be3a7d45860712bd94c8e55aa61d0b3f7")
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the server starts");
        let url = format!("http://127.0.0.1:{port}");
        let client = reqwest::Client::new();
        for _ in 0..300 {
            if client.get(format!("{url}/readyz")).send().await.is_ok_and(|it| it.status() == 200) {
                return Self { url, child };
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server does not get ready");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_during_sign_ups_it_leaves_nothing_half_done() {
    server::use_aws_lc_rs();
    let database = TestDatabase::new().await;
    let data_dir = std::env::temp_dir().join(format!("portcullis-crash-{}", std::process::id()));
    std::fs::create_dir_all(&data_dir).expect("a directory can be made");
    // Cheap hashes, so that the kill falls among many transactions.
    std::fs::write(data_dir.join("portcullis.toml"), "[argon2]\nmemory = 64\npasses = 1\n")
        .expect("a file can be written");
    let next = Arc::new(AtomicUsize::new(0));
    let acknowledged: Arc<Mutex<Vec<String>>> = Arc::default();

    for round in 0..3 {
        let mut server = Server::start(&database, &data_dir).await;
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
        server.child.kill().await.expect("the server can be killed");
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
