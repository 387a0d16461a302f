use std::sync::Arc;

use identity::User;
use kernel::IdentityId;
use kernel::testing::nth;
use serde_json::json;

use super::providers::{ports, providers};
use super::*;
use crate::testing::{Waiting, google, session, user};

const LINK: &str = "/v1/me/identities/google";

#[actix_web::test]
async fn linked_accounts_are_listed() {
    let mut ports = Ports::default();
    ports.identities.expect_of().returning(|_| Ok(vec![google()]));
    let told = send(ports, by("owner", get("/v1/me/identities"))).await.json();
    let row = json!({
        "id": google().id, "provider": "google", "email": "user@example.com", "created_at": "2026-01-15T12:00:00Z",
    });
    assert_eq!(told, json!({"data": [row], "next_cursor": null}));
}

/// Where the owner has nothing linked, and this account at Google is whose it says.
fn linking(waiting: &Arc<Waiting>, is_taken: bool) -> Ports {
    let mut ports = Ports::of("owner");
    ports.providers = providers();
    ports.waiting = Arc::clone(waiting);
    ports.identities.expect_of().returning(|_| Ok(Vec::new()));
    let other = identity::ProviderIdentity { user: user("member").id, ..google() };
    ports.identities.expect_by_subject().returning(move |_, _| Ok(is_taken.then(|| other.clone())));
    ports.accounts.expect_commit().returning(|_| Ok(()));
    ports
}

/// Begins with this body, and comes back to where the answer says.
async fn link(is_taken: bool, body: Option<Value>) -> Answer {
    let waiting = Arc::default();
    let sent = body.into_iter().fold(request(Method::POST, LINK), TestRequest::set_json);
    let begun = send(linking(&waiting, is_taken), by("owner", sent)).await;
    assert_eq!(begun.status, 200, "{}", begun.text);
    let url = begun.json()["authorization_url"].as_str().unwrap().to_owned();
    assert!(url.starts_with("https://google.test/?state="), "{url}");
    let cookie = format!("portcullis_flow={}", begun.cookie("portcullis_flow").unwrap());
    let state = url.split("state=").nth(1).unwrap();
    let back = get(&format!("/v1/auth/google/callback?code=right&state={state}")).insert_header(("Cookie", cookie));
    send(linking(&waiting, is_taken), back).await
}

#[actix_web::test]
async fn an_account_is_linked_when_the_browser_comes_back() {
    for body in [None, Some(json!({}))] {
        let answer = link(false, body).await;
        assert_eq!((answer.status, answer.header("location")), (302, Some("/app")), "{}", answer.text);
        assert_eq!((answer.cookies().len(), answer.cookie("portcullis_flow")), (1, Some("")));
    }
    assert_eq!(link(true, None).await.error(), (409, "identity_taken".to_owned()));
    let there = json!({
        "redirect_uri": "https://app.example.com/cb?x=1",
        "code_challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    });
    for (is_taken, told) in [(false, "linked=google"), (true, "error=identity_taken")] {
        let answer = link(is_taken, Some(there.clone())).await;
        let told = format!("https://app.example.com/cb?x=1&{told}");
        assert_eq!((answer.status, answer.header("location")), (302, Some(told.as_str())), "{}", answer.text);
    }
}

#[actix_web::test]
async fn not_everybody_can_link_everything() {
    let begin = |ports: Ports, path: &str, body: Value| send(ports, by("owner", post(path, &body)));
    let mut unverified = Ports { providers: providers(), ..Ports::default() };
    unverified.users.expect_by_id().returning(|_| Ok(Some(User { verified_at: None, ..user("owner") })));
    unverified.sessions.expect_by_id().returning(|_| Ok(Some(session("owner"))));
    assert_eq!(begin(unverified, LINK, json!({})).await.error(), (403, "email_not_verified".to_owned()));

    let mut linked = ports(&Arc::default());
    linked.identities.expect_of().returning(|_| Ok(vec![google()]));
    assert_eq!(begin(linked, LINK, json!({})).await.error(), (409, "identity_taken".to_owned()));

    let unknown = begin(linking(&Arc::default(), false), "/v1/me/identities/github", json!({})).await;
    assert_eq!(unknown.error(), (404, "not_found".to_owned()));
    let mut off = Ports::of("owner");
    off.providers.expect_offers().returning(|_| false);
    assert_eq!(begin(off, LINK, json!({})).await.error(), (404, "not_found".to_owned()));

    for (body, field) in [
        (json!({"redirect_uri": "https://app.example.com/cb?x=1"}), "code_challenge"),
        (
            json!({"redirect_uri": "https://evil.test", "code_challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}),
            "redirect_uri",
        ),
        (json!({"user_id": "x"}), "user_id"),
    ] {
        let answer = begin(linking(&Arc::default(), false), LINK, body).await;
        assert_eq!(answer.json()["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), [field]);
    }
    let text = by("owner", request(Method::POST, LINK).set_payload("{}"));
    assert_eq!(send(linking(&Arc::default(), false), text).await.error(), (415, "unsupported_media_type".to_owned()));
}

#[actix_web::test]
async fn an_account_is_unlinked_by_id_or_provider_unless_it_is_the_last_way_in() {
    let unlink = |has_password: bool, named: String| {
        let mut ports = Ports::default();
        let owner = user("owner");
        let owner = User { password: owner.password.clone().filter(|_| has_password), ..owner };
        ports.users.expect_by_id().returning(move |_| Ok(Some(owner.clone())));
        ports.sessions.expect_by_id().returning(|_| Ok(Some(session("owner"))));
        ports.identities.expect_of().returning(|_| Ok(vec![google()]));
        ports.passkeys.expect_of().returning(|_| Ok(Vec::new()));
        ports.identity.expect_commit().returning(|_| Ok(()));
        send(ports, by("owner", request(Method::DELETE, &format!("/v1/me/identities/{named}"))))
    };
    for named in ["google".to_owned(), google().id.to_string()] {
        let done = unlink(true, named.clone()).await;
        assert_eq!((done.status, done.text.as_str()), (204, ""), "{named}");
        assert_eq!(unlink(false, named).await.error(), (409, "last_way_in".to_owned()));
    }
    for named in ["microsoft".to_owned(), "github".to_owned(), nth::<IdentityId>(77).to_string()] {
        assert_eq!(unlink(true, named.clone()).await.error(), (404, "not_found".to_owned()), "{named}");
    }
}
