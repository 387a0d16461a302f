use actix_web::dev::Payload;
use actix_web::web::Bytes;
use futures::stream;
use kernel::testing::act;
use kernel::{FileName, Outcome, Picture, PictureError, PictureKind, UnitOfWork, Write};
use serde_json::json;
use tenancy::{Change, Organization};

use super::*;
use crate::testing::acme;

const PATH: &str = "/v1/organizations/acme/logo";
const MOST: usize = 10 * 1024 * 1024;

fn kept(kind: PictureKind) -> FileName {
    FileName::fresh(&act(), "logos", kind.ending())
}

/// Where acme has this logo.
fn ports(logo: Option<FileName>) -> Ports {
    let mut ports = Ports::default();
    ports
        .organizations
        .expect_find()
        .returning(move |_| Ok(Some(Organization { logo: logo.clone(), ..tenancy::testing::acme(acme()) })));
    ports
}

/// Where there is none, and what is sent is refused for this.
fn refusing(reason: &'static str) -> Ports {
    let mut ports = ports(None);
    let is_told = move |unit: &UnitOfWork<Change>| {
        let entry = &unit.evidence.audit[0];
        (entry.action, entry.outcome) == ("organization.logo_refused", Outcome::Refused(reason))
    };
    ports.tenancy.expect_commit().withf(is_told).times(1).returning(|_| Ok(()));
    ports
}

fn put(body: impl Into<Bytes>) -> TestRequest {
    request(Method::PUT, PATH).set_payload(body)
}

#[actix_web::test]
async fn an_upload_arrives_whole_whatever_it_is_called() {
    let mut ports = ports(None);
    ports
        .pictures
        .expect_redraw()
        .withf(|_, it| it.len() == MOST && it.iter().all(|it| *it == 7))
        .times(1)
        .returning(|_, _| Ok(Picture { kind: PictureKind::Jpeg, bytes: vec![1] }));
    ports.files.expect_put().times(1).returning(|_, _| Ok(()));
    let is_meant = |unit: &UnitOfWork<Change>| matches!(unit.changes.as_slice(), [Change::Organization(Write::Save { next, .. })] if next.logo.is_some());
    ports.tenancy.expect_commit().withf(is_meant).times(1).returning(|_| Ok(()));
    let upload = by("owner", put(vec![7; MOST])).insert_header(("Content-Type", "text/html"));
    let answer = send(ports, upload).await;
    assert_eq!((answer.status, &answer.json()["id"]), (200, &json!(acme())));
}

#[actix_web::test]
async fn one_byte_more_is_too_much_announced_or_not() {
    let too_large = (413, "payload_too_large".to_owned());
    let answer = send(refusing("upload_too_large"), by("owner", put(vec![0; MOST + 1]))).await;
    assert_eq!(
        (answer.error(), &answer.json()["message"]),
        (too_large.clone(), &json!("The upload is larger than 10 MB."))
    );
    // In pieces, and without a Content-Length.
    let service = init_service(actix_web::App::new().configure(configure(refusing("upload_too_large").app()))).await;
    let piece = || Ok(Bytes::from(vec![0; 1024 * 1024]));
    let payload: Payload = Payload::Stream { payload: Box::pin(stream::iter((0..11).map(move |_| piece()))) };
    let (chunked, _) = by("owner", request(Method::PUT, PATH)).to_request().replace_payload(payload);
    let response = call_service(&service, chunked).await;
    assert_eq!(response.status(), 413);
    let body: Value = serde_json::from_slice(&read_body(response).await).unwrap();
    assert_eq!(body["type"], "payload_too_large");
}

#[actix_web::test]
async fn why_a_picture_is_refused_is_told() {
    type Why = fn() -> PictureError;
    let refused = |why: Why, reason| {
        let mut ports = refusing(reason);
        ports.pictures.expect_redraw().returning(move |_, _| Err(why()));
        send(ports, by("owner", put("x")))
    };
    let answer = refused(|| PictureError::NotAPicture, "not_a_picture").await;
    assert_eq!(answer.error(), (415, "unsupported_media_type".to_owned()));
    assert!(answer.json()["message"].as_str().unwrap().contains("PNG, JPEG or WebP"));
    let bad: [(Why, &str); 2] =
        [(|| PictureError::TooLarge, "picture_too_large"), (|| PictureError::Broken, "picture_broken")];
    for (why, reason) in bad {
        let answer = refused(why, reason).await;
        assert_eq!(answer.error(), (422, "invalid".to_owned()));
        assert_eq!(answer.json()["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), ["logo"]);
    }
    let zipped =
        send(refusing("not_a_picture"), by("owner", put("x")).insert_header(("Content-Encoding", "gzip"))).await;
    assert_eq!(zipped.error(), (415, "unsupported_media_type".to_owned()));
}

#[actix_web::test]
async fn a_logo_is_shown_as_what_it_is_and_nothing_runs_in_it() {
    for (kind, media_type, shown) in [
        (PictureKind::Png, "image/png", "inline; filename=\"logo.png\""),
        (PictureKind::Jpeg, "image/jpeg", "inline; filename=\"logo.jpg\""),
    ] {
        let mut ports = ports(Some(kept(kind)));
        ports.files.expect_get().withf(move |it| *it == kept(kind)).returning(|_| Ok(Some(b"<script>".to_vec())));
        let answer = send(ports, by("member", get(PATH))).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "<script>"));
        assert_eq!(answer.header("content-type"), Some(media_type));
        assert_eq!(answer.header("content-disposition"), Some(shown));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
        assert_eq!(
            answer.header("content-security-policy"),
            Some("default-src 'none'; frame-ancestors 'none'; sandbox")
        );
    }
}

#[actix_web::test]
async fn what_the_browser_has_is_not_sent_again() {
    let tag = format!("\"{}\"", kept(PictureKind::Png).id());
    let known = by("member", get(PATH)).insert_header(("If-None-Match", tag.clone()));
    let answer = send(ports(Some(kept(PictureKind::Png))), known).await;
    assert_eq!((answer.status, answer.text.as_str()), (304, ""));
    assert_eq!((answer.header("etag"), answer.header("cache-control")), (Some(&*tag), Some("private, no-cache")));
    // A tag opens no door.
    let stranger = by("stranger", get(PATH)).insert_header(("If-None-Match", tag));
    assert_eq!(send(ports(Some(kept(PictureKind::Png))), stranger).await.error(), (404, "not_found".to_owned()));
}

#[actix_web::test]
async fn where_there_is_no_logo_there_is_none_to_see_or_remove() {
    assert_eq!(send(ports(None), by("member", get(PATH))).await.error(), (404, "not_found".to_owned()));
    let answer = send(ports(None), by("owner", request(Method::DELETE, PATH))).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
}

#[actix_web::test]
async fn whoever_is_refused_uploads_nothing() {
    let mut ports = ports(None);
    ports.accounts.expect_commit().returning(|_| Ok(()));
    let answer = send(ports, by("member", put(vec![0; MOST + 1]))).await;
    assert_eq!(answer.json()["required_permission"], "organization.update");
}
