use kernel::{Cursor, Page};
use serde_json::json;

use super::*;
use crate::openapi;

#[actix_web::test]
async fn a_made_up_cursor_is_refused_by_every_list() {
    let document = openapi("support@example.com");
    let has_pages = |(_, item): &(&String, &Value)| {
        item["get"]["parameters"].as_array().is_some_and(|it| it.iter().any(|one| one["name"] == "cursor"))
    };
    let lists: Vec<&String> =
        document["paths"].as_object().unwrap().iter().filter(has_pages).map(|(path, _)| path).collect();
    assert!(lists.len() >= 4, "{lists:?}");
    for list in lists {
        for garbage in ["garbage", "", "%00", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let path = format!("{}?cursor={garbage}", spelled_out(list));
            let mut ports = Ports::of("owner");
            ports.organizations.expect_find().returning(|_| Ok(Some(tenancy::testing::acme(crate::testing::acme()))));
            let answer = send(ports, by("owner", get(&path))).await;
            assert_eq!(answer.error(), (422, "invalid".to_owned()), "{path}");
            assert!(answer.json()["errors"]["cursor"].is_array(), "{path}: {}", answer.text);
        }
    }
}

fn teaming(expected: Option<&'static str>, next: Option<&'static str>) -> Ports {
    let cursor = |it: Option<&str>| it.map(|it| Cursor(it.to_owned()));
    let mut ports = Ports::default();
    let is_meant = move |_: &_, page: &kernel::PageRequest| page.after == cursor(expected);
    ports
        .team
        .expect_list()
        .withf(is_meant)
        .times(1)
        .returning(move |_, _| Ok(Page { data: vec![], next: cursor(next) }));
    ports
}

#[actix_web::test]
async fn a_cursor_leads_on_in_its_own_list_under_every_mount() {
    let first = send(teaming(None, Some("inner")), by("owner", get("/v1/team"))).await.json();
    let cursor = first["next_cursor"].as_str().unwrap();
    for mount in ["/v1", "/api/v1"] {
        let next =
            send(teaming(Some("inner"), None), by("member", get(&format!("{mount}/team?cursor={cursor}")))).await;
        assert_eq!((next.status, next.json()), (200, json!({"data": [], "next_cursor": null})));
    }
    let head = request(Method::HEAD, &format!("/v1/team?cursor={cursor}"));
    assert_eq!(send(teaming(Some("inner"), None), by("member", head)).await.status, 200);
    for other in ["/v1/audit-logs", "/v1/services"] {
        let answer = send(Ports::default(), by("owner", get(&format!("{other}?cursor={cursor}")))).await;
        assert_eq!(
            answer.json()["errors"],
            json!({"cursor": ["The cursor field is not a cursor of this list."]}),
            "{other}"
        );
    }
}

#[actix_web::test]
async fn what_is_wrong_with_page_and_filter_is_told_at_once() {
    let answer = send(Ports::default(), by("owner", get("/v1/audit-logs?limit=0&cursor=a&cursor=b&sort=id"))).await;
    let errors = answer.json()["errors"].clone();
    assert_eq!(errors.as_object().unwrap().keys().collect::<Vec<_>>(), ["cursor", "limit", "sort"]);
    assert_eq!(errors["cursor"], json!(["The cursor field must be given once."]));
}
