use std::sync::{Arc, Mutex};

use kernel::{Idempotency, Once, OnceKey, Remembered, Secret};
use serde_json::json;
use tenancy::ports::{Invitee, Ruling, Verdict};

use super::*;
use crate::testing::{acme, caller};

const KEY: &str = "0123456789abcdefghijkl";

fn repeatable(request: TestRequest) -> TestRequest {
    request.insert_header(("Idempotency-Key", KEY))
}

/// Where an answer to the key is looked for.
fn place(scope: String) -> OnceKey {
    Idempotency { key: Secret::new(KEY), scope, request: [0; 32] }.once_key()
}

#[actix_web::test]
async fn an_acceptance_is_looked_up_before_its_invitation_is() {
    let mut ports = Ports::default();
    let expected = place("- - POST /invitations/accept".to_owned());
    let another = Remembered { fingerprint: [0; 32], answer: vec![] };
    ports.accounts.expect_recall().withf(move |it| *it == expected).times(1).return_once(|_| Ok(Some(another)));
    let body = json!({"token": "t", "username": "u_1", "password": "Secret123!"});
    let answer = send(ports, repeatable(post("/v1/invitations/accept", &body))).await;
    assert_eq!(answer.error(), (422, "idempotency_key_reused".to_owned()));
}

/// Where strangers may be invited, and what is remembered stands in `kept`.
fn inviting(kept: &Arc<Mutex<Option<Once>>>) -> Ports {
    let mut ports = Ports::default();
    let expected = place(format!("{} {} POST /team/invite", caller("owner").unwrap().user, acme()));
    let found = Arc::clone(kept);
    ports
        .tenancy
        .expect_recall()
        .withf(move |it| *it == expected)
        .times(1)
        .returning(move |_| Ok(found.lock().unwrap().as_ref().map(|it| it.remembered.clone())));
    if kept.lock().unwrap().is_none() {
        let kept = Arc::clone(kept);
        ports.tenancy.expect_commit().times(1).returning(move |unit| {
            *kept.lock().unwrap() = unit.once;
            Ok(())
        });
    }
    ports.organizations.expect_find().returning(|_| Ok(Some(tenancy::testing::acme(acme()))));
    ports.invitations.expect_name_of().returning(|_| Ok(None));
    ports.invitations.expect_standings_of().returning(|_, emails| Ok(vec![Invitee::Stranger; emails.len()]));
    ports.authority.expect_may_give().returning(|_, _, _| Ok(Some(Ruling { version: 1, verdict: Verdict::Yes })));
    ports
}

#[actix_web::test]
async fn many_invitations_are_one_repetition() {
    let kept = Arc::default();
    let invite = |body: Value| send(inviting(&kept), repeatable(by("owner", post("/v1/team/invite", &body))));
    let one = |name: &str| json!({"email": format!("{name}@x.test"), "role": "member"});
    let two = json!({"invitations": [{"email": "no address", "role": "member"}, one("a")]});

    let first = invite(two.clone()).await;
    let statuses: Vec<_> = first.json()["data"].as_array().unwrap().iter().map(|it| it["status"].clone()).collect();
    assert_eq!((first.status, statuses), (200, vec![json!("failed"), json!("created")]));
    assert_eq!(invite(two).await.text, first.text);
    for other in [json!({"invitations": [one("b"), one("a")]}), json!({"invitations": [one("a")]}), one("a")] {
        assert_eq!(invite(other).await.error(), (422, "idempotency_key_reused".to_owned()));
    }
}
