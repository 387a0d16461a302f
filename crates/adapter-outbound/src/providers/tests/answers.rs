use futures::future::join_all;
use identity::Provider::Google;
use serde_json::json;

use super::lying_provider::{Answer, CONFIGURATION, KEYS, LyingProvider, TOKEN};
use super::*;

const DOORS: [&str; 3] = [CONFIGURATION, KEYS, TOKEN];
const A_MOMENT: Duration = Duration::from_secs(1);

#[tokio::test]
async fn provider_2_no_redirect_is_followed() {
    for door in DOORS {
        let provider = LyingProvider::start().await;
        provider.lies().doors.insert(door, Answer::Redirects);
        assert_eq!(redeemed(&at(&provider)).await, "unavailable", "{door}");
        assert_eq!((provider.asked(door), provider.asked("/away")), (1, 0));
    }
}

#[tokio::test]
async fn provider_2_no_more_is_read_than_is_needed() {
    for door in DOORS {
        let provider = LyingProvider::start().await;
        provider.lies().doors.insert(door, Answer::NeverEnds);
        // It is patience that would end it otherwise.
        assert_eq!(timeout(MINUTE / 2, redeemed(&at(&provider))).await, Ok("unavailable"), "{door}");
    }
}

#[tokio::test]
async fn provider_2_what_is_silent_or_slow_is_given_up() {
    let all = DOORS.into_iter().flat_map(|door| [(door, Answer::Silent), (door, Answer::Dribbles)]);
    join_all(all.map(async |(door, answer)| {
        let provider = LyingProvider::start().await;
        let pace = Pace { keep: HOUR, renew: HOUR };
        let ours = signing_in(settings(Google, &provider.url, None), pace, A_MOMENT);
        provider.lies().doors.insert(door, answer.clone());
        assert_eq!(timeout(MINUTE, redeemed(&ours)).await, Ok("unavailable"), "{door} {answer:?}");
        assert_eq!(provider.asked(door), 1);
    }))
    .await;
}

#[tokio::test]
async fn what_somebody_tired_of_is_asked_again_for_others() {
    let provider = LyingProvider::start().await;
    let ours = at(&provider);
    provider.lies().doors.insert(CONFIGURATION, Answer::Silent);
    assert!(timeout(A_MOMENT, redeemed(&ours)).await.is_err());
    provider.lies().doors.clear();
    assert_eq!(redeemed(&ours).await, "believed");
}

#[tokio::test]
async fn a_provider_in_trouble_is_no_refusal_and_a_bad_code_is_one() {
    let wrong = |code: &str| json!({"error": code});
    for (door, status, said, expected) in [
        (CONFIGURATION, 404, json!({}), "unavailable"),
        (CONFIGURATION, 200, json!("no metadata"), "unavailable"),
        (KEYS, 500, json!({}), "unavailable"),
        (KEYS, 200, json!({"keys": "none"}), "unavailable"),
        (TOKEN, 500, wrong("invalid_grant"), "unavailable"),
        (TOKEN, 503, json!({}), "unavailable"),
        (TOKEN, 429, json!({}), "unavailable"),
        (TOKEN, 401, wrong("invalid_client"), "unavailable"),
        (TOKEN, 400, wrong("invalid_grant"), "code"),
        (TOKEN, 400, json!("no error"), "malformed"),
        (TOKEN, 200, json!({"access_token": "a", "token_type": "Bearer"}), "malformed"),
        (TOKEN, 200, json!({"access_token": "a", "token_type": "Bearer", "id_token": "a.b.c"}), "malformed"),
    ] {
        let provider = LyingProvider::start().await;
        provider.lies().doors.insert(door, Answer::Says(status, said.clone()));
        assert_eq!(redeemed(&at(&provider)).await, expected, "{door} {status} {said}");
    }
}

#[tokio::test]
async fn nobody_there_is_no_refusal() {
    let provider = LyingProvider::start().await;
    let ours = at(&provider);
    drop(provider);
    assert_eq!(redeemed(&ours).await, "unavailable");
    assert!(matches!(ours.authorization_url(Google, request()).await, Err(Fault::Unavailable(_))));
}

#[tokio::test]
async fn what_is_published_is_fetched_once_and_by_one() {
    let provider = LyingProvider::start().await;
    let ours = at(&provider);
    assert_eq!(provider.asked(CONFIGURATION), 0);
    let all = join_all((0..16).map(|_| ours.authorization_url(Google, request()))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(redeemed(&ours).await, "believed");
    assert_eq!((provider.asked(CONFIGURATION), provider.asked(KEYS)), (1, 1));
}

#[tokio::test]
async fn what_was_published_long_ago_is_fetched_anew() {
    let provider = LyingProvider::start().await;
    let pace = Pace { keep: Duration::ZERO, renew: HOUR };
    let ours = signing_in(settings(Google, &provider.url, None), pace, MINUTE);
    for times in [1, 2] {
        assert_eq!(redeemed(&ours).await, "believed");
        assert_eq!((provider.asked(CONFIGURATION), provider.asked(KEYS)), (times, times));
    }
}

#[tokio::test]
async fn so_08_metadata_leads_to_no_worse_place_than_the_issuer() {
    for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        let provider = LyingProvider::start().await;
        provider.lies().metadata = json!({endpoint: "http://192.0.2.1/"});
        assert_eq!(redeemed(&at(&provider)).await, "unavailable", "{endpoint}");
        assert_eq!(provider.asked(KEYS), 0);
    }
    let provider = LyingProvider::start().await;
    provider.lies().metadata = json!({"issuer": "https://evil.example"});
    assert_eq!(redeemed(&at(&provider)).await, "unavailable");
}
