use super::*;
use crate::error::Kind;

/// What a page loads, all of it from here.
fn loaded(page: &str) -> Vec<String> {
    let attributes = ["src=\"", "href=\""];
    attributes.iter().flat_map(|it| page.split(it).skip(1)).map(|it| it.split('"').next().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn pages_load_only_what_is_served_here_and_run_nothing_inline() {
    for page in [
        "/docs",
        "/docs/",
        "/verify-email?token=t",
        "/invitations/accept?token=t",
        "/confirm-email",
        "/undo-email-change?token=t",
        "/recover-account",
        "/second-factor",
    ] {
        let answer = send(Ports::default(), get(page)).await;
        assert_eq!(answer.status, 200, "{page}");
        assert!(answer.header("content-type").unwrap().starts_with("text/html"), "{page}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert!(!answer.text.contains("<script>") && !answer.text.contains("style=\""), "{page}");
        let loaded = loaded(&answer.text);
        assert!(loaded.len() >= 2, "{page}");
        for path in loaded {
            assert!(path.starts_with('/') && !path.starts_with("//"), "{path}");
            assert_eq!(send(Ports::default(), get(&path)).await.status, 200, "{path}");
        }
    }
}

#[actix_web::test]
async fn the_specification_is_served_and_read_by_the_page() {
    let specification = send(Ports::default(), get("/openapi.json")).await.json();
    assert_eq!(specification["openapi"], "3.1.0");
    assert_eq!(specification["info"]["contact"]["email"], "support@example.com");
    assert_eq!(specification, crate::openapi("support@example.com"));
    let earlier = send(Ports::default(), get("/openapi-3.0.json")).await.json();
    assert_eq!(earlier, crate::openapi_3_0("support@example.com"));
    assert_eq!(earlier["openapi"], "3.0.3");
    let script = send(Ports::default(), get("/docs/swagger-initializer.js")).await;
    assert!(script.text.contains("/openapi.json") && !script.text.contains("petstore"), "{}", script.text);
}

#[actix_web::test]
async fn forms_send_to_endpoints_there_are() {
    let table = crate::route_table();
    for (page, count) in [
        ("/verify-email", 1),
        ("/confirm-email", 1),
        ("/undo-email-change", 1),
        ("/recover-account", 1),
        ("/invitations/accept", 3),
        ("/second-factor", 2),
    ] {
        let page = send(Ports::default(), get(page)).await.text;
        let attributes = ["data-endpoint=\"", "data-sign-in=\""];
        let asked: Vec<&str> = attributes.iter().flat_map(|it| page.split(it).skip(1)).collect();
        assert_eq!(asked.len(), count);
        for path in asked.iter().map(|it| it.split('"').next().unwrap()) {
            assert!(table.iter().any(|it| it.method == "POST" && it.path == path), "{path}");
        }
    }
}

#[actix_web::test]
async fn whoever_has_an_account_can_sign_in_to_accept() {
    let page = send(Ports::default(), get("/invitations/accept")).await.text;
    for (attribute, kind) in [("data-after", Kind::EMAIL_TAKEN), ("data-explains", Kind::EMAIL_NOT_VERIFIED)] {
        assert!(page.contains(&format!("{attribute}=\"{}\"", kind.name)), "{attribute}");
    }
}

#[actix_web::test]
async fn pages_may_be_asked_for_their_head() {
    for path in ["/docs", "/docs/", "/openapi.json", "/verify-email", "/invitations/accept", "/assets/pages.js"] {
        let head = send(Ports::default(), request(Method::HEAD, path)).await;
        let whole = send(Ports::default(), get(path)).await;
        assert_eq!((head.status, head.header("content-type")), (200, whole.header("content-type")), "{path}");
    }
}

#[actix_web::test]
async fn a_page_of_a_mail_takes_no_writes() {
    for page in ["/verify-email", "/confirm-email", "/undo-email-change", "/recover-account", "/second-factor"] {
        let answer = send(Ports::default(), post(&format!("{page}?token=t"), &Value::Null)).await;
        assert_eq!(answer.error(), (405, "method_not_allowed".to_owned()), "{page}");
    }
    assert_eq!(send(Ports::default(), get("/docs/nothing.js")).await.error(), (404, "not_found".to_owned()));
}
