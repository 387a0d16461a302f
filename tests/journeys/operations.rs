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
