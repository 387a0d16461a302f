use std::time::Duration;

use serde_json::json;

use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_changes_the_other_soon_knows() {
    let mut world = World::new().await;
    let other = world.add_node().await;
    let ada = world.sign_up("acme").await;
    world.get_at(other, "/team", &ada.access).await.expect(200);
    let bob = world.join(&ada, "bob@example.com", "member").await;

    // Joined at the first node; the second holds a snapshot from before.
    let mut seen = false;
    for _ in 0..20 {
        seen = world.get_at(other, "/team", &bob.access).await.status == 200;
        if seen {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(seen, "the other node still knows no such member");

    world.post("/auth/logout", &bob.access, json!({})).await.expect(204);
    world.get("/auth/me", &bob.access).await.expect_error(401, "token_invalid");
    let mut refused = false;
    for _ in 0..20 {
        refused = world.get_at(other, "/auth/me", &bob.access).await.status == 401;
        if refused {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(refused, "the other node still takes the token");
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
    let mut refused = false;
    for _ in 0..100 {
        refused = world.get_at(other, "/auth/me", &ada.access).await.status == 401;
        if refused {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(refused, "the other node never heard of it");
}
