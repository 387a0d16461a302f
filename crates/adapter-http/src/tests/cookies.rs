//! Who is signed in by a browser's cookies.

use identity::{Change, Worth};
use kernel::testing::NOON;
use kernel::{TokenHash, UnitOfWork, Write};
use serde_json::json;

use super::*;
use crate::route_table;
use crate::testing::{caller, program, session};

const EVIL: &[&str] =
    &["https://evil.test", "null", "http://127.0.0.1", "http://localhost:8081", "http://127.0.0.1:8080.evil.test"];

fn cookie(cookies: &str, request: TestRequest) -> TestRequest {
    request.insert_header(("Cookie", cookies.to_owned()))
}

#[actix_web::test]
async fn a_cookie_signs_in_where_there_is_no_header() {
    let answer = send(Ports::of("owner"), cookie("a=b; portcullis_access=owner", get("/v1/me/profile"))).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    assert_eq!(answer.json()["id"], json!(caller("owner").unwrap().user));
    // The header wins, whatever is in it.
    let both = |token| by(token, cookie("portcullis_access=owner", get("/v1/me/profile")));
    assert_eq!(send(Ports::of("member"), both("member")).await.json()["id"], json!(caller("member").unwrap().user));
    assert_eq!(send(Ports::of("owner"), both("forged")).await.error(), (401, "token_invalid".to_owned()));
    assert_eq!(send(Ports::of("owner"), both("")).await.error(), (401, "token_missing".to_owned()));
    for none in ["__Host-portcullis_refresh=owner", "__Host-portcullis_access=owner", "access=owner"] {
        let answer = send(Ports::of("owner"), cookie(none, get("/v1/me/profile"))).await;
        assert_eq!(answer.error(), (401, "token_missing".to_owned()), "{none}");
    }
    let expired = send(Ports::of("owner"), cookie("portcullis_access=expired-owner", get("/v1/me/profile"))).await;
    assert_eq!(expired.error(), (401, "token_expired".to_owned()));
}

#[actix_web::test]
async fn with_tls_its_name_says_that_it_belongs_to_this_host_alone() {
    let ports = || Ports { public_url: Some("https://id.example.com"), ..Ports::of("owner") };
    let answer = send(ports(), cookie("__Host-portcullis_access=owner", get("/v1/me/profile"))).await;
    assert_eq!(answer.status, 200);
    let answer = send(ports(), cookie("portcullis_access=owner", get("/v1/me/profile"))).await;
    assert_eq!(answer.error(), (401, "token_missing".to_owned()));
}

#[actix_web::test]
async fn a_key_is_no_cookie() {
    for name in ["key", "token"] {
        let sent = cookie(&format!("portcullis_access={}", program(name).text), get("/v1/me/profile"));
        assert_eq!(send(Ports::default(), sent).await.error(), (401, "token_invalid".to_owned()));
    }
}

#[actix_web::test]
async fn nothing_changes_by_a_cookie_that_another_site_makes_a_browser_send() {
    let csrf = (403, "csrf".to_owned());
    let unsafe_rows: Vec<_> = route_table().into_iter().filter(|it| it.method != "GET").collect();
    assert!(unsafe_rows.len() >= 45, "{}", unsafe_rows.len());
    let ask = serve(Ports::default()).await;
    for row in unsafe_rows {
        let method = Method::from_bytes(row.method.as_bytes()).unwrap();
        // Before anything else: neither the body nor who is there is looked at.
        let sent =
            |name: &str| cookie(&format!("{name}=owner"), request(method.clone(), &path_of(&row)).set_payload("{"));
        let answer = ask(sent("portcullis_access")).await;
        assert_eq!(answer.error(), csrf, "{row:?}");
        for origin in EVIL {
            for name in ["portcullis_access", "portcullis_refresh"] {
                let answer = ask(sent(name).insert_header(("Origin", *origin))).await;
                assert_eq!(answer.error(), csrf, "{origin} {row:?}");
            }
            // Nor without a cookie: whom it signs in is not for another site to choose.
            let bare = request(method.clone(), &path_of(&row)).insert_header(("Origin", *origin));
            assert_eq!(ask(bare).await.error(), csrf, "{origin} {row:?}");
        }
        for (name, value) in [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("X-CSRF-Token", "x")]
        {
            let answer = ask(sent("portcullis_refresh").insert_header((name, value))).await;
            assert_eq!(answer.error(), csrf, "{name} {row:?}");
        }
        // No form of another site can say what a page of ours says, and no method is another one's.
        let form = sent("portcullis_access").insert_header(("Content-Type", "application/x-www-form-urlencoded"));
        assert_eq!(ask(form).await.error(), csrf, "{row:?}");
        let disguised = cookie("portcullis_access=owner", request(Method::POST, "/livez"));
        let disguised = disguised.insert_header(("X-HTTP-Method-Override", "GET"));
        assert_eq!(ask(disguised).await.status, 405);
    }
}

#[actix_web::test]
async fn our_own_pages_change_things_and_so_does_a_header_from_anywhere() {
    let changing = || {
        let mut ports = Ports::of("owner");
        ports.identity.expect_commit().times(1).returning(|_| Ok(()));
        ports
    };
    let change = || request(Method::PATCH, "/v1/me/profile").set_json(json!({"name": "J."}));
    let answer = send(changing(), browsing("portcullis_access=owner", change())).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let foreign = by("owner", cookie("portcullis_access=owner", change())).insert_header(("Origin", EVIL[0]));
    assert_eq!(send(changing(), foreign).await.status, 200);
}

#[actix_web::test]
async fn a_cookie_that_is_no_good_any_more_is_none_where_nobody_need_be_signed_in() {
    let accept = || {
        let mut ports = Ports::default();
        ports.invitations.expect_by_token().returning(|_| Ok(None));
        (ports, post("/v1/invitations/accept", &json!({"token": "t", "username": "u_1", "password": "SecurePass123!"})))
    };
    for token in ["expired-owner", "forged"] {
        let (ports, sent) = accept();
        let answer = send(ports, browsing(&format!("portcullis_access={token}"), sent)).await;
        assert_eq!(answer.error(), (422, "token_invalid".to_owned()), "{token}");
    }
    let (ports, sent) = accept();
    assert_eq!(send(ports, by("expired-owner", sent)).await.error(), (401, "token_expired".to_owned()));
}

/// Where the owner's session ends, and `r` is its refresh token.
fn leaving() -> Ports {
    let mut ports = Ports::of("owner");
    let ends = |unit: &UnitOfWork<Change>| {
        let [Change::Session(Write::Save { next, .. })] = unit.changes.as_slice() else { return false };
        next.id == caller("owner").unwrap().session && next.ended_at == Some(NOON)
    };
    ports.identity.expect_commit().withf(ends).times(1).returning(|_| Ok(()));
    ports
        .sessions
        .expect_by_refresh_token()
        .returning(|token, _| Ok((*token == TokenHash::of("r")).then(|| (session("owner"), Worth::Good))));
    ports
}

#[actix_web::test]
async fn leaving_takes_every_cookie_away() {
    for cookies in
        ["portcullis_access=owner", "portcullis_access=expired-owner; portcullis_refresh=r", "portcullis_refresh=r"]
    {
        let answer = send(leaving(), browsing(cookies, request(Method::POST, "/v1/auth/logout"))).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{cookies}");
        assert!(is_forgotten(&answer), "{cookies}: {:?}", answer.cookies());
        assert_eq!(answer.header("clear-site-data"), Some("\"cache\", \"storage\""));
    }
    let answer =
        send(leaving(), by("owner", browsing("portcullis_access=other", request(Method::POST, "/v1/auth/logout"))))
            .await;
    assert_eq!((answer.status, answer.cookies().len(), answer.header("clear-site-data")), (204, 0, None));
}

/// All that a browser keeps, as it is told to forget it.
fn nothing_kept() -> [String; 4] {
    ["portcullis_access", "portcullis_refresh", "portcullis_flow", "portcullis_csrf"].map(|name| {
        format!("{name}=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
    })
}

/// Whether the browser is to forget everything, and has nothing else to keep.
fn is_forgotten(answer: &Answer) -> bool {
    let mut told = answer.cookies();
    told.sort_by_key(|it| nothing_kept().iter().position(|known| known == it));
    told == nothing_kept()
}

#[actix_web::test]
async fn who_leaves_with_cookies_that_are_worth_nothing_keeps_none() {
    let ports = |found: Option<Worth>| {
        let mut ports = Ports::default();
        ports
            .sessions
            .expect_by_refresh_token()
            .returning(move |_, _| Ok(found.map(|worth| (session("owner"), worth))));
        ports
    };
    let logout = || request(Method::POST, "/v1/auth/logout");
    for (cookies, found) in [
        ("portcullis_refresh=x", Some(Worth::Nothing)),
        ("portcullis_refresh=x", None),
        ("portcullis_access=forged", None),
        ("portcullis_access=forged; portcullis_refresh=x", None),
        ("portcullis_access=hbx_x", None),
    ] {
        let answer = send(ports(found), browsing(cookies, logout())).await;
        assert_eq!(answer.error(), (401, "token_invalid".to_owned()), "{cookies}");
        assert!(is_forgotten(&answer), "{cookies}: {:?}", answer.cookies());
        assert_eq!(answer.header("clear-site-data"), None);
    }
    // A session that is in the token and nowhere else.
    let answer = send(ports(None), browsing("portcullis_access=owner", logout())).await;
    assert!(answer.status == 401 && is_forgotten(&answer), "{}", answer.text);
}

#[actix_web::test]
async fn what_another_site_or_a_header_asks_for_takes_no_cookies_away() {
    let logout = || request(Method::POST, "/v1/auth/logout");
    for (sent, error) in [
        (cookie("portcullis_access=forged", logout()).insert_header(("Origin", EVIL[0])), (403, "csrf")),
        (cookie("portcullis_access=forged", logout()), (403, "csrf")),
        (by("forged", browsing("portcullis_access=owner", logout())), (401, "token_invalid")),
        (logout(), (401, "token_missing")),
        (cookie("portcullis_refresh=r", logout()).insert_header(("Authorization", "")), (401, "token_missing")),
        (browsing("other=x", logout()), (401, "token_missing")),
    ] {
        let answer = send(Ports::default(), sent).await;
        assert_eq!((answer.error(), answer.cookies().len()), ((error.0, error.1.to_owned()), 0));
    }
    // Only where it is known that they are worth nothing: whoever could not be signed out tries again.
    let mut faulty = Ports::default();
    faulty.sessions.expect_by_refresh_token().returning(|_, _| Err(kernel::Fault::Contended));
    let answer = send(faulty, browsing("portcullis_refresh=r", logout())).await;
    assert_eq!((answer.status, answer.cookies().len()), (503, 0));
}

#[actix_web::test]
async fn whoever_ends_their_own_session_is_signed_out_and_nobody_else_is() {
    let ports = || {
        let mut ports = Ports::of("owner");
        ports.identity.expect_commit().times(1).returning(|_| Ok(()));
        ports
    };
    let own = format!("/v1/me/sessions/{}", caller("owner").unwrap().session);
    let ending = || [request(Method::POST, "/v1/me/sessions/revoke-all"), request(Method::DELETE, &own)];
    for sent in ending() {
        let answer = send(ports(), browsing("portcullis_access=owner", sent)).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));
        assert!(is_forgotten(&answer), "{:?}", answer.cookies());
        assert_eq!(answer.header("clear-site-data"), Some("\"cache\", \"storage\""));
    }
    let other = identity::Session { id: kernel::testing::nth(999), ..session("owner") };
    let path = format!("/v1/me/sessions/{}", other.id);
    let mut elsewhere = ports();
    elsewhere.sessions = identity::ports::MockSessions::new();
    elsewhere.sessions.expect_by_id().returning(move |_| Ok(Some(other.clone())));
    let answer = send(elsewhere, browsing("portcullis_access=owner", request(Method::DELETE, &path))).await;
    assert_eq!((answer.status, answer.cookies().len(), answer.header("clear-site-data")), (204, 0, None));
}
