use chrono::TimeDelta;
use reqwest::Method;

use crate::support::database::administer;
use crate::support::{Reply, World, eventually};

async fn get(world: &World, path: &str) -> Reply {
    Reply::of(world.request(Method::GET, path).send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_that_it_lives_and_is_ready() {
    let world = World::new().await;
    get(&world, "//livez").await.expect(200);
    get(&world, "//readyz").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_database_it_lives_and_is_not_ready() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let name = &world.database.name;
    administer(&format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")).await;
    administer(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;

    get(&world, "//livez").await.expect(200);
    let reply = get(&world, "//readyz").await.expect(503);
    assert_eq!(reply.body["code"], "SERVICE_UNAVAILABLE");
    let reply = world.log_in(&ada.email).await.expect(503);
    assert!(reply.headers.contains_key("retry-after"));
    assert!(!reply.text.to_lowercase().contains("postgres") && !reply.text.contains("connection"), "{}", reply.text);

    administer(&format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")).await;
    eventually("it comes back", async || world.log_in(&ada.email).await.status == 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documentation_needs_nothing_from_elsewhere() {
    let world = World::new().await;
    let document = get(&world, "//openapi.json").await.expect(200);
    assert_eq!(document.body["openapi"], "3.1.0");
    let page = Reply::of(world.http.get(world.url("//docs/")).send().await.unwrap()).await.expect(200);
    assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    for part in ["src=\"", "href=\""] {
        for (at, _) in page.text.match_indices(part) {
            let target = page.text[at + part.len()..].split('"').next().unwrap();
            assert!(!target.starts_with("http") && !target.starts_with("//"), "{target} comes from elsewhere");
            if matches!(target.rsplit('.').next(), Some("js" | "css")) {
                let base: reqwest::Url = world.url("//docs/").parse().unwrap();
                let url = base.join(target).unwrap();
                assert_eq!(world.http.get(url).send().await.unwrap().status(), 200, "{target}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_of_the_api_carries_the_headers() {
    let world = World::new().await;
    for path in ["/auth/me", "/hives", "/services"] {
        let reply = get(&world, path).await;
        for (name, value) in
            [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("cache-control", "no-store")]
        {
            assert_eq!(reply.headers.get(name).map(|it| it.to_str().unwrap()), Some(value), "{path} {name}");
        }
        assert!(reply.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
        assert_eq!(reply.headers["x-request-id"].to_str().unwrap(), reply.text_of("/request_id"));
        assert!(!reply.headers.contains_key("server"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mailed_links_land_on_pages_that_change_nothing() {
    let world = World::new().await;
    for path in ["//verify-email?token=x", "//invitations/accept?token=x"] {
        let page = get(&world, path).await.expect(200);
        assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
        assert!(page.headers.contains_key("content-security-policy"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_tell_of_routes_queues_and_caches_and_of_nobody() {
    let world = World::new().await;
    let ada = world.sign_up("acme-metrics").await;
    for _ in 0..2 {
        world.get(&format!("/organizations/{}", ada.organization), &ada.access).await.expect(200);
    }
    for path in ["//nowhere/a", "//api/v1/nowhere/b", "/hives/c"] {
        get(&world, path).await.expect(404);
    }
    world.http.request(Method::from_bytes(b"BREW").unwrap(), world.url("//livez")).send().await.unwrap();
    let reply = get(&world, "//metrics").await.expect(200);
    assert_eq!(reply.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let has = |line: &str| assert!(reply.text.contains(line), "{line} is missing in {}", reply.text);
    has("portcullis_http_requests_total{method=\"GET\",route=\"/api/v1/organizations/{id}\",status=\"200\"} 2\n");
    has("portcullis_http_requests_total{method=\"GET\",route=\"unknown\",status=\"404\"} 3\n");
    has("portcullis_http_requests_total{method=\"other\",route=\"/livez\",status=\"405\"} 1\n");
    has("portcullis_http_request_duration_seconds_count{method=\"POST\",route=\"/api/v1/tenants\"} 1\n");
    has("portcullis_http_requests_under_way 1\n");
    has("portcullis_source_up{source=\"process\"} 1\nportcullis_source_up{source=\"backlog\"} 1\n");
    has("portcullis_database_connections{state=\"used\"} ");
    has("portcullis_database_connections_max 16\n");
    has("portcullis_password_places_taken 0\n");
    has("portcullis_cache_lookups_total{cache=\"snapshots\",outcome=\"hit\"} ");
    has("portcullis_cache_lookups_total{cache=\"keys\",outcome=\"miss\"} 0\n");
    for queue in ["mail", "events", "deliveries", "audit"] {
        has(&format!("portcullis_oldest_waiting_seconds{{queue=\"{queue}\"}} "));
    }
    for secret in ["acme-metrics", ada.organization.as_str(), ada.user.as_str()] {
        assert!(!reply.text.contains(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_told_by_its_age() {
    let world = World::new().await;
    world.sign_up("acme").await;
    let waits = "INSERT INTO mails (id, sealed, created_at, due_at) VALUES \
                 (gen_random_uuid(), 'x', now() - interval '1 hour', now() + interval '1 hour')";
    world.database.execute(waits).await;
    let mark = "portcullis_oldest_waiting_seconds{queue=\"mail\"} ";
    eventually("an hour is told", async || {
        let text = get(&world, "//metrics").await.expect(200).text;
        let seconds = text.split_once(mark).expect("it is told").1.lines().next().expect("a figure").to_owned();
        (3_600.0..4_000.0).contains(&seconds.parse::<f64>().expect("a figure"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_can_have_an_address_of_their_own() {
    let address = crate::support::mailbox::free_address();
    let world = World::with(|config| config.operations.metrics_listen = Some(address)).await;
    get(&world, "//metrics").await.expect(404);
    let there = async |path: &str| world.http.get(format!("http://{address}{path}")).send().await.unwrap();
    let reply = Reply::of(there("/metrics").await).await.expect(200);
    assert!(reply.text.contains("portcullis_build_info{version="), "{}", reply.text);
    assert_eq!(there("/livez").await.status(), 404);
    assert_eq!(there("/api/v1/services").await.status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_is_told_to_programs_and_to_people() {
    let world = World::new().await;
    let reply = get(&world, "//status").await.expect(200);
    assert_eq!(reply.body["status"], "operational");
    assert_eq!(reply.body["parts"][1], serde_json::json!({"name": "database", "status": "operational"}));
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for (path, words) in
        [("//status", "Everything works."), ("//changelog", "Unreleased"), ("//guides/quickstart", "curl")]
    {
        let page = world.request(Method::GET, path).header("Accept", browser).send().await.unwrap();
        let page = Reply::of(page).await.expect(200);
        assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self';") && !policy.contains("script"), "{policy}");
        assert!(page.text.contains(words) && !page.text.contains("<script"), "{}", page.text);
    }
    for (accept, is_page) in [
        ("text/html;q=0", false),
        ("text/html;q=0, */*", false),
        ("text/html;q=0.4, application/json;q=0.5", false),
        ("text/html;q=0.5, application/json;q=0.4", true),
        ("application/json;q=0, */*;q=0.1", true),
        ("*/*", false),
    ] {
        let reply = world.request(Method::GET, "//status").header("Accept", accept).send().await.unwrap();
        let kind = reply.headers()["content-type"].to_str().unwrap();
        assert_eq!(kind.starts_with("text/html"), is_page, "{accept}: {kind}");
    }

    let name = &world.database.name;
    administer(&format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")).await;
    administer(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
    // What was found a moment ago is told for a second.
    world.clock.advance(TimeDelta::seconds(1));
    let reply = get(&world, "//status").await.expect(200);
    assert_eq!(reply.body["status"], "unavailable");
    assert_eq!(reply.body["parts"][0]["status"], "operational");
    assert!(!reply.text.to_lowercase().contains("postgres"));
    eventually("it is told to operators too", async || {
        get(&world, "//metrics").await.expect(200).text.contains("portcullis_source_up{source=\"backlog\"} 0\n")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_changelog_is_read_by_programs_too() {
    let world = World::new().await;
    let reply = get(&world, "//changelog").await.expect(200);
    let newest = &reply.data()[0];
    assert!(newest["version"].is_string() && newest["changes"][0].is_string(), "{newest}");
    let markdown = world.request(Method::GET, "//changelog").header("Accept", "text/markdown").send().await.unwrap();
    assert_eq!(Reply::of(markdown).await.text, include_str!("../../CHANGELOG.md"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_link_of_the_guides_leads_somewhere() {
    let world = World::new().await;
    let index = get(&world, "//guides").await.expect(200).text;
    let links = |page: &str| -> Vec<String> {
        let links = page.split("href=\"").skip(1).filter_map(|it| it.split('"').next());
        links.filter(|it| it.starts_with('/')).map(|it| it.split('#').next().unwrap().to_owned()).collect()
    };
    let guides: Vec<String> = links(&index).into_iter().filter(|it| it.starts_with("/guides/")).collect();
    assert!(guides.len() >= 8, "{guides:?}");
    let mut all: std::collections::BTreeSet<String> = links(&index).into_iter().collect();
    for guide in &guides {
        all.extend(links(&get(&world, &format!("/{guide}")).await.expect(200).text));
    }
    for link in all {
        get(&world, &format!("/{link}")).await.expect(200);
    }
    get(&world, "//guides/nothing").await.expect(404);
}
