use std::path::PathBuf;

use reqwest::header::HeaderMap;
use reqwest::{Body, Method};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::pictures::{
    BLUE, HTML, RED, SVG, WHERE_IT_WAS_TAKEN, assert_colour, holds, jpeg, photo, png, png_bomb, seen, webp,
};
use crate::support::world::Person;
use crate::support::{Reply, World};

const MOST: usize = 10 * 1024 * 1024;

fn path(person: &Person) -> String {
    format!("/organizations/{}/logo", person.organization)
}

async fn put(world: &World, person: &Person, body: impl Into<Body>) -> Reply {
    let request = world.request(Method::PUT, &path(person)).bearer_auth(&person.access).body(body);
    Reply::of(request.send().await.unwrap()).await
}

/// Without a Content-Length; what is answered, as text.
async fn put_in_pieces(world: &World, person: &Person, body: &[u8]) -> String {
    let address = world.base().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (mut reading, mut writing) = stream.split();
    let head = format!(
        "PUT /api/v1{} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nTransfer-Encoding: chunked\r\n\
         Connection: close\r\n\r\n",
        path(person),
        person.access
    );
    let sending = async {
        writing.write_all(head.as_bytes()).await?;
        for piece in body.chunks(64 * 1024) {
            writing.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await?;
            writing.write_all(piece).await?;
            writing.write_all(b"\r\n").await?;
        }
        writing.write_all(b"0\r\n\r\n").await
    };
    let mut answer = Vec::new();
    // Who has been answered already need not send the rest.
    let _ = futures::join!(sending, reading.read_to_end(&mut answer));
    String::from_utf8(answer).unwrap()
}

/// Headers and bytes of what is shown.
async fn shown(world: &World, person: &Person) -> (HeaderMap, Vec<u8>) {
    let response = world.request(Method::GET, &path(person)).bearer_auth(&person.access).send().await.unwrap();
    assert_eq!(response.status(), 200);
    (response.headers().clone(), response.bytes().await.unwrap().into())
}

/// The files there are.
fn kept(world: &World) -> Vec<PathBuf> {
    let logos = std::fs::read_dir(world.data_dir.join("files/logos")).into_iter().flatten();
    logos.map(|it| it.unwrap().path()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logo_is_given_shown_replaced_and_taken_away() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    let organization = format!("/organizations/{}", ada.organization);
    assert_eq!(world.get(&organization, &ada.access).await.expect(200).body["logo_url"], Value::Null);
    world.get(&path(&ada), &ada.access).await.expect_error(404, "not_found");

    let mut tags = Vec::new();
    for (upload, media_type) in
        [(png(300, 200), "image/png"), (jpeg(300, 200), "image/jpeg"), (webp(300, 200), "image/jpeg")]
    {
        let told = put(&world, &ada, upload.clone()).await.expect(200);
        assert_eq!(told.body["id"], json!(ada.organization));
        let url = told.text_of("/logo_url");
        assert_eq!(url, format!("/api/v1{}", path(&ada)));
        // Members see it too; where it is they are told.
        let at = world.http.get(format!("{}{url}", world.base())).bearer_auth(&bob.access).send().await.unwrap();
        assert_eq!((at.status().as_u16(), &at.headers()["content-type"]), (200, &media_type.parse().unwrap()));
        let (headers, bytes) = shown(&world, &ada).await;
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
        assert!(headers["content-disposition"].to_str().unwrap().starts_with("inline"));
        assert!(headers["cache-control"].to_str().unwrap().starts_with("private"));
        assert_ne!(bytes, upload);
        let picture = seen(&bytes);
        assert_eq!((picture.width(), picture.height()), (300, 200));
        assert_colour(&picture, (50, 100), RED);
        assert_colour(&picture, (250, 100), BLUE);
        assert_eq!(kept(&world).len(), 1, "the one before is gone");
        tags.push(headers["etag"].clone());
    }
    assert!(tags[0] != tags[1] && tags[1] != tags[2], "{tags:?}");
    for (tag, status) in [(&tags[2], 304), (&tags[1], 200)] {
        let request = world.request(Method::GET, &path(&ada)).bearer_auth(&bob.access).header("If-None-Match", tag);
        let response = request.send().await.unwrap();
        assert_eq!((response.status().as_u16(), &response.headers()["etag"]), (status, &tags[2]));
    }

    for _ in 0..2 {
        world.delete(&path(&ada), &ada.access).await.expect(204);
        world.get(&path(&ada), &bob.access).await.expect_error(404, "not_found");
    }
    assert_eq!(world.get(&organization, &ada.access).await.expect(200).body["logo_url"], Value::Null);
    assert_eq!(kept(&world), Vec::<PathBuf>::new());
    let updates = world.audit(&ada).await.into_iter().filter(|it| it["action"] == "organization.updated");
    assert_eq!(updates.count(), 4, "three logos and one removal");
    let events = "SELECT count(*) FROM events WHERE kind = 'organization.updated'";
    assert_eq!(world.database.count(events).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_logos_at_once_one_stays() {
    let mut world = World::new().await;
    world.add_node().await;
    let ada = world.sign_up("acme").await;
    let uploads = (0..8).map(|i| {
        let request = world.http.put(world.url_at(i % 2, &path(&ada))).bearer_auth(&ada.access);
        request.body(png(20 + u32::try_from(i).unwrap(), 20)).send()
    });
    for answer in futures::future::join_all(uploads).await {
        let status = answer.unwrap().status().as_u16();
        assert!([200, 503].contains(&status), "{status}");
    }
    let (_, bytes) = shown(&world, &ada).await;
    let kept = kept(&world);
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(std::fs::read(&kept[0]).unwrap(), bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_can_be_seen_stays_of_an_upload() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    for upload in [[&png(40, 20)[..], HTML].concat(), [&photo(40, 20)[..], HTML].concat()] {
        put(&world, &ada, upload).await.expect(200);
        let (_, bytes) = shown(&world, &ada).await;
        for gone in [HTML, b"<script", WHERE_IT_WAS_TAKEN, b"Exif"] {
            assert!(!holds(&bytes, gone), "{}", String::from_utf8_lossy(gone));
        }
    }
    // Its metadata said that it lies on its side.
    let upright = seen(&shown(&world, &ada).await.1);
    assert_eq!((upright.width(), upright.height()), (20, 40));
    put(&world, &ada, jpeg(3000, 1500)).await.expect(200);
    assert_eq!(seen(&shown(&world, &ada).await.1).width(), 1024);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_no_picture_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    put(&world, &ada, png(40, 20)).await.expect(200);
    let before = shown(&world, &ada).await.1;

    let gif = b"GIF89a/*\x01\0\x01\0*/=alert(1)";
    for other in [&b""[..], b"just text", SVG.as_bytes(), HTML, gif, b"PK\x03\x04"] {
        // What the header claims is nothing.
        let request = world.request(Method::PUT, &path(&ada)).bearer_auth(&ada.access);
        let request = request.header("Content-Type", "image/png").body(other.to_vec());
        Reply::of(request.send().await.unwrap()).await.expect_error(415, "unsupported_media_type");
    }
    let cut_off = png(400, 200)[..100].to_vec();
    for bad in [cut_off, png_bomb(50_000, 50_000)] {
        let refused = put(&world, &ada, bad).await.expect_error(422, "invalid");
        assert!(refused.body["errors"]["logo"].is_array(), "{}", refused.text);
    }
    let mut padded = png(40, 20);
    padded.resize(MOST + 1, 0);
    put(&world, &ada, padded.clone()).await.expect_error(413, "payload_too_large");
    // Nor in pieces, without saying how much there is.
    let chunked = put_in_pieces(&world, &ada, &padded).await;
    assert!(chunked.starts_with("HTTP/1.1 413 ") && chunked.contains("\"payload_too_large\""), "{chunked}");
    padded.truncate(MOST);
    assert_eq!(shown(&world, &ada).await.1, before);
    put(&world, &ada, padded).await.expect(200);
    // Other bodies stay as small as they were.
    let large = json!({"name": "x".repeat(1_100_000)});
    let organization = format!("/organizations/{}", ada.organization);
    world.patch(&organization, &ada.access, large).await.expect_error(413, "payload_too_large");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logo_is_its_members_to_see_and_its_keepers_to_change() {
    let world = World::new().await;
    let ada = world.sign_up("acme").await;
    let bob = world.join(&ada, "bob@example.com", "member").await;
    let eve = world.sign_up("other").await;
    put(&world, &ada, png(40, 20)).await.expect(200);

    let refused = put(&world, &bob, png(20, 20)).await.expect_error(403, "permission_denied");
    assert_eq!(refused.body["required_permission"], "organization.update");
    world.delete(&path(&ada), &bob.access).await.expect_error(403, "permission_denied");
    let stranger = Person { organization: ada.organization.clone(), ..eve };
    put(&world, &stranger, png(20, 20)).await.expect_error(404, "not_found");
    world.get(&path(&ada), &stranger.access).await.expect_error(404, "not_found");
    world.delete(&path(&ada), &stranger.access).await.expect_error(404, "not_found");
    let nobody = world.request(Method::GET, &path(&ada)).send().await.unwrap();
    Reply::of(nobody).await.expect_error(401, "token_missing");
    assert_eq!(seen(&shown(&world, &bob).await.1).width(), 40);
}
