use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use reqwest::{Body, Method};
use serde_json::{Value, json};

use crate::support::pictures::{BLUE, RED, SVG, assert_colour, jpeg, png, png_bomb, seen};
use crate::support::s3::FakeS3;
use crate::support::world::Person;
use crate::support::{Reply, World, eventually};

async fn put(world: &World, person: &Person, body: impl Into<Body>) -> Reply {
    let request = world.request(Method::PUT, "/me/avatar").bearer_auth(&person.access).body(body);
    Reply::of(request.send().await.unwrap()).await
}

async fn get(world: &World, asker: &Person, path: &str) -> reqwest::Response {
    world.request(Method::GET, path).bearer_auth(&asker.access).send().await.unwrap()
}

fn of(person: &Person) -> String {
    format!("/users/{}/avatar", person.user)
}

/// The files there are.
fn kept(world: &World) -> Vec<PathBuf> {
    let avatars = std::fs::read_dir(world.data_dir.join("files/avatars")).into_iter().flatten();
    avatars.map(|it| it.unwrap().path()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_avatar_is_given_shown_replaced_and_taken_away() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    assert_eq!(world.get("/me/profile", &bob.access).await.expect(200).body["avatar_url"], Value::Null);
    world.get("/me/avatar", &bob.access).await.expect_error(404, "not_found");

    let mut tags = Vec::new();
    for (upload, media_type) in [(png(300, 200), "image/png"), (jpeg(300, 200), "image/jpeg")] {
        let told = put(&world, &bob, upload.clone()).await.expect(200);
        let url = told.text_of("/avatar_url");
        assert_eq!(url, format!("/api/v1{}", of(&bob)));
        assert_eq!(world.get("/me/profile", &bob.access).await.expect(200).text_of("/avatar_url"), url);
        for (asker, path) in [(&bob, "/me/avatar".to_owned()), (&bob, of(&bob)), (&ada, of(&bob))] {
            let response = get(&world, asker, &path).await;
            assert_eq!(response.status(), 200);
            let headers = response.headers().clone();
            assert_eq!(headers["content-type"], media_type);
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert!(headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
            assert!(headers["cache-control"].to_str().unwrap().starts_with("private"));
            let bytes = response.bytes().await.unwrap();
            assert_ne!(bytes, upload);
            assert_colour(&seen(&bytes), (50, 100), RED);
            assert_colour(&seen(&bytes), (250, 100), BLUE);
            tags.push(headers["etag"].clone());
        }
        assert_eq!(kept(&world).len(), 1, "the one before is gone");
    }
    assert!(tags[0] == tags[2] && tags[0] != tags[3], "{tags:?}");
    let known = world.request(Method::GET, &of(&bob)).bearer_auth(&ada.access).header("If-None-Match", &tags[3]);
    assert_eq!(known.send().await.unwrap().status(), 304);

    for _ in 0..2 {
        world.delete("/me/avatar", &bob.access).await.expect(204);
        world.get(&of(&bob), &ada.access).await.expect_error(404, "not_found");
    }
    assert_eq!(world.get("/me/profile", &bob.access).await.expect(200).body["avatar_url"], Value::Null);
    assert_eq!(kept(&world), Vec::<PathBuf>::new());
    let events = "SELECT count(*) FROM events WHERE kind = 'user.updated'";
    assert_eq!(world.database.count(events).await, 3, "two avatars and one removal");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_avatars_one_file_is_left() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    for i in 0..100 {
        put(&world, &ada, png(10 + i, 10)).await.expect(200);
    }
    let kept = kept(&world);
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(seen(&std::fs::read(&kept[0]).unwrap()).width(), 109);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_no_picture_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    put(&world, &ada, png(40, 20)).await.expect(200);
    put(&world, &ada, SVG).await.expect_error(415, "unsupported_media_type");
    for bad in [png(400, 200)[..100].to_vec(), png_bomb(50_000, 50_000)] {
        let refused = put(&world, &ada, bad).await.expect_error(422, "invalid");
        assert!(refused.body["errors"]["avatar"].is_array(), "{}", refused.text);
    }
    let mut padded = png(40, 20);
    padded.resize(10 * 1024 * 1024 + 1, 0);
    put(&world, &ada, padded).await.expect_error(413, "payload_too_large");
    assert_eq!(kept(&world).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_colleagues_see_an_avatar() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    let eve = world.sign_up("other").await;
    put(&world, &ada, png(40, 20)).await.expect(200);

    let unknown = format!("/users/{}/avatar", ada.organization);
    let hidden = world.get(&of(&ada), &eve.access).await.expect_error(404, "not_found");
    let nobody = world.get(&unknown, &eve.access).await.expect_error(404, "not_found");
    assert_eq!(hidden.body["message"], nobody.body["message"], "nobody learns who exists");
    let without = world.request(Method::GET, &of(&ada)).send().await.unwrap();
    Reply::of(without).await.expect_error(401, "token_missing");

    let suspend = format!("/team/members/{}/suspend", bob.user);
    assert_eq!(get(&world, &bob, &of(&ada)).await.status(), 200);
    world.post(&suspend, &ada.access, json!({})).await.expect(204);
    world.get(&of(&ada), &bob.access).await.expect_error(404, "not_found");
    let back = format!("/team/members/{}/reactivate", bob.user);
    world.post(&back, &ada.access, json!({})).await.expect(204);
    assert_eq!(get(&world, &bob, &of(&ada)).await.status(), 200);
    world.delete(&format!("/organizations/{}", ada.organization), &ada.access).await.expect(204);
    world.get(&of(&ada), &bob.access).await.expect_error(404, "not_found");
    assert_eq!(get(&world, &ada, &of(&ada)).await.status(), 200, "oneself does");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_avatar_is_exported_and_erased_with_its_account() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    assert_eq!(world.get("/me/export", &bob.access).await.expect(200).body["avatar"], Value::Null);
    put(&world, &bob, jpeg(40, 20)).await.expect(200);
    put(&world, &ada, png(20, 20)).await.expect(200);
    let exported = world.get("/me/export", &bob.access).await.expect(200).text_of("/avatar");
    let encoded = exported.strip_prefix("data:image/jpeg;base64,").unwrap();
    assert_eq!(seen(&BASE64_STANDARD.decode(encoded).unwrap()).width(), 40);

    world.post("/me/deletion", &bob.access, json!({})).await.expect(204);
    world.get(&of(&bob), &ada.access).await.expect_error(404, "not_found");
    assert_eq!(kept(&world).len(), 2, "it can still be recovered");
    world.clock.advance(TimeDelta::days(30) + TimeDelta::hours(1));
    eventually("the account is erased", async || kept(&world).len() == 1).await;
    let ada = Person { access: world.log_in(&ada.email).await.expect(200).text_of("/access_token"), ..ada };
    assert_eq!(get(&world, &ada, "/me/avatar").await.status(), 200, "the other one's stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_can_be_kept_in_a_bucket() {
    let s3 = FakeS3::start();
    let mut world = World::with(|config| config.files = Some(s3.bucket())).await;
    let other = world.add_node_with(|config| config.files = Some(s3.bucket())).await;
    let ada = world.sign_up("acme").await;
    let logo = format!("/organizations/{}/logo", ada.organization);
    for path in ["/me/avatar", &logo] {
        for width in [30, 40] {
            let request = world.request(Method::PUT, path).bearer_auth(&ada.access).body(png(width, 20));
            Reply::of(request.send().await.unwrap()).await.expect(200);
        }
        let shown = world.http.get(world.url_at(other, path)).bearer_auth(&ada.access).send().await.unwrap();
        assert_eq!(seen(&shown.bytes().await.unwrap()).width(), 40);
    }
    let kept = s3.names();
    let [avatar, logo] = kept.as_slice() else { panic!("{kept:?}") };
    assert!(avatar.starts_with("/pictures/of/tests/avatars/") && logo.starts_with("/pictures/of/tests/logos/"));
    assert!(!world.data_dir.join("files").exists());
    s3.stop().await;
    world.get("/me/avatar", &ada.access).await.expect_error(503, "service_unavailable");
    world.get("/me/profile", &ada.access).await.expect(200);
}
