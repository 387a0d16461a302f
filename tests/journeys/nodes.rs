use serde_json::json;

use crate::support::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_changes_the_other_soon_knows() {
    let mut world = World::new().await;
    let other = world.add_node().await;
    let ada = world.sign_up("acme").await;
    world.get_at(other, "/team", &ada.access).await.expect(200);
    let bob = world.join(&ada, "bob@example.com", "member").await;

    // Joined at the first node; the second holds a snapshot from before.
    eventually("the other node knows the member", async || {
        world.get_at(other, "/team", &bob.access).await.status == 200
    })
    .await;

    world.post("/auth/logout", &bob.access, json!({})).await.expect(204);
    world.get("/auth/me", &bob.access).await.expect_error(401, "token_invalid");
    eventually("the other node refuses the token", async || {
        world.get_at(other, "/auth/me", &bob.access).await.status == 401
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_starts_later_knows_what_ended_before() {
    let mut world = World::new().await;
    let ada = world.sign_up("acme").await;
    world.post("/auth/logout", &ada.access, json!({})).await.expect(204);
    let later = world.add_node().await;
    world.get_at(later, "/auth/me", &ada.access).await.expect_error(401, "token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_listener_is_cut_off_hears_again() {
    let mut world = World::new().await;
    let other = world.add_node().await;
    let ada = world.sign_up("acme").await;
    world.get_at(other, "/team", &ada.access).await.expect(200);
    let listeners = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                     WHERE datname = current_database() AND (query ILIKE 'LISTEN%' OR query ILIKE '%pg_notify%') AND pid <> pg_backend_pid()";
    assert!(world.database.count(listeners).await >= 1, "no listener was found to cut off");
    world.post("/auth/logout", &ada.access, json!({})).await.expect(204);
    eventually("the other node hears of it", async || world.get_at(other, "/auth/me", &ada.access).await.status == 401)
        .await;
}
