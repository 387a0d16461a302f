use std::sync::Mutex;

use kernel::testing::{FixedClock, NOON, SeqIds, Units, nth};
use kernel::{EmailAddress, EventId};

use super::*;
use crate::Change;
use crate::model::{CustomHeaders, Endpoint, EndpointStatus, EndpointUrl};
use crate::ports::{Caretaker, Held, MockCaretakers, MockDeliveries, MockSender};
use crate::testing::{endpoint, endpoints, message, secret};

fn due(tries: u32) -> Due {
    Due {
        delivery: nth(9),
        webhook: endpoint().id,
        version: endpoint().version,
        url: endpoint().url,
        headers: CustomHeaders::default(),
        secrets: vec![endpoint().secret],
        message: message(),
        tries,
        lease: NOON + TimeDelta::seconds(60),
    }
}

fn answer(status: u16) -> Answer {
    Answer { status, retry_after: None, body: Vec::new() }
}

type Posted = (EndpointUrl, Vec<(String, Secret)>, String);

/// What a try came to.
struct Came {
    posted: Posted,
    tried: Try,
    then: Then,
    took: Option<TimeDelta>,
    /// The endpoint as it is afterwards, where it is another.
    disabled: Option<Endpoint>,
}

/// Tries it once, to an endpoint that is failing since then.
async fn attempt_failing(due: Due, answer: Result<Answer, SendError>, since: Option<Time>) -> Came {
    let posted: Arc<Mutex<Vec<Posted>>> = Arc::default();
    let seen = Arc::clone(&posted);
    let mut sender = MockSender::new();
    sender.expect_post().times(1).returning(move |url, headers, body| {
        seen.lock().unwrap().push((url.clone(), headers.to_vec(), body));
        answer.clone()
    });
    let settled: Arc<Mutex<Vec<(Try, Then)>>> = Arc::default();
    let seen = Arc::clone(&settled);
    let mut deliveries = MockDeliveries::new();
    deliveries.expect_settle().times(1).returning(move |due, tried, then| {
        assert_eq!(due.delivery, nth(9));
        seen.lock().unwrap().push((tried, then));
        Ok(since)
    });
    let store = Arc::new(Units::<Change>::default());
    let took = deliver(deliveries, sender, Arc::clone(&store)).attempt(due).await.unwrap();
    let (tried, then) = settled.lock().unwrap().remove(0);
    let disabled = store.all().into_iter().next().map(|unit| {
        let Change::Endpoint(write) = &unit.changes[0] else { panic!("{unit:?}") };
        write.subject().clone()
    });
    let posted = posted.lock().unwrap().remove(0);
    Came { posted, tried, then, took, disabled }
}

async fn attempt(tries: u32, answer: Result<Answer, SendError>) -> Came {
    attempt_failing(due(tries), answer, None).await
}

fn deliver(deliveries: MockDeliveries, sender: MockSender, store: Arc<Units<Change>>) -> Deliver {
    let mut caretakers = MockCaretakers::new();
    let ada = Caretaker { username: "ada".into(), email: EmailAddress::parse("ada@example.com").unwrap() };
    caretakers.expect_of().returning(move |_, _| Ok(Some(("Acme".to_owned(), vec![ada.clone()]))));
    Deliver {
        deliveries: Arc::new(deliveries),
        sender: Arc::new(sender),
        disable: DisableEndpoint { store, endpoints: endpoints(endpoint()), caretakers: Arc::new(caretakers) },
        clock: Arc::new(FixedClock(NOON)),
        ids: Arc::new(SeqIds::default()),
    }
}

#[tokio::test]
async fn what_is_posted_is_the_event_signed_now() {
    let headers = CustomHeaders::parse([("X-Key".to_owned(), Secret::new("k"))]).unwrap();
    let secrets = vec![secret(1), secret(2)];
    let due = Due { headers, secrets: secrets.clone(), ..due(3) };
    let Came { posted: (url, headers, body), .. } = attempt_failing(due, Ok(answer(204)), None).await;
    assert_eq!(url.as_str(), "https://hooks.example.com/in");
    assert_eq!(body, message().body());
    let expected = [
        ("content-type", "application/json".to_owned()),
        ("webhook-id", nth::<EventId>(2).to_string()),
        ("webhook-timestamp", "1768478400".to_owned()),
        ("webhook-signature", sign(&secrets, nth(2), NOON, &body).unwrap()),
        ("x-key", "k".to_owned()),
    ];
    assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), Secret::new(value))));
}

#[tokio::test]
async fn any_2xx_is_delivered() {
    for status in [200, 204, 299] {
        let came = attempt(0, Ok(answer(status))).await;
        assert_eq!((came.then, came.tried.status, came.tried.error), (Then::Delivered, Some(status), None));
        assert_eq!(came.took, Some(TimeDelta::zero()));
    }
}

#[tokio::test]
async fn everything_else_is_tried_again() {
    for status in [199, 301, 302, 400, 429, 500] {
        let came = attempt(0, Ok(answer(status))).await;
        assert_eq!((came.tried.status, came.tried.error), (Some(status), Some(format!("answered {status}"))));
        assert_eq!(came.then, Then::Again(retry_at(1, NOON, 1, None).unwrap()));
        assert_eq!((came.took, came.disabled), (None, None));
    }
}

#[tokio::test]
async fn a_receiver_may_say_when_to_come_again() {
    let busy = Answer { status: 503, retry_after: Some("600".into()), body: Vec::new() };
    assert_eq!(attempt(0, Ok(busy)).await.then, Then::Again(NOON + TimeDelta::minutes(10)));
}

#[tokio::test]
async fn no_answer_is_tried_again_and_tells_nothing_of_the_network() {
    let came = attempt(0, Err(SendError::NoAnswer)).await;
    assert_eq!(came.then, Then::Again(retry_at(1, NOON, 1, None).unwrap()));
    assert_eq!((came.tried.status, came.tried.error.as_deref()), (None, Some("no answer")));
    assert_eq!(came.tried.response, None);
}

#[tokio::test]
async fn the_tenth_failure_is_the_last() {
    for tries in 0..9 {
        assert_eq!(
            attempt(tries, Ok(answer(500))).await.then,
            Then::Again(retry_at(tries + 1, NOON, 1, None).unwrap())
        );
    }
    assert_eq!(attempt(9, Ok(answer(500))).await.then, Then::GivenUp);
    assert_eq!(attempt(9, Err(SendError::NoAnswer)).await.then, Then::GivenUp);
    assert_eq!(attempt(9, Ok(answer(200))).await.then, Then::Delivered, "and it can still succeed");
}

#[tokio::test]
async fn wh_06_410_stops() {
    let came = attempt(0, Ok(answer(410))).await;
    assert_eq!(came.then, Then::GivenUp);
    assert_eq!(came.disabled.unwrap().status, EndpointStatus::Disabled);
}

#[tokio::test]
async fn so_do_five_days_without_one_that_was_taken() {
    let since = |days, hours| Some(NOON - TimeDelta::days(days) - TimeDelta::hours(hours));
    for (since, status, is_over) in [
        (None, 200, false),
        (since(0, 0), 500, false),
        (since(4, 23), 500, false),
        (since(5, 0), 500, true),
        (since(9, 0), 500, true),
    ] {
        let came = attempt_failing(due(0), Ok(answer(status)), since).await;
        assert_eq!(came.disabled.is_some(), is_over, "{since:?} {status}");
    }
    let changed = Due { version: endpoint().version - 1, ..due(0) };
    let came = attempt_failing(changed, Ok(answer(410)), since(9, 0)).await;
    assert_eq!(came.disabled, None, "it is another by now");
    assert!(matches!(came.then, Then::Again(_)), "and may take it");
}

#[tokio::test]
async fn wh_04_of_an_answer_a_kibibyte_is_kept() {
    let body = [vec![b'x'; 1_000], b"\0\xff".to_vec(), vec![b'y'; 10_000], b"SECRET-INTERNAL-BODY".to_vec()].concat();
    let came = attempt(0, Ok(Answer { status: 500, retry_after: None, body })).await;
    let expected = format!("{}\u{fffd}\u{fffd}{}", "x".repeat(1_000), "y".repeat(22));
    assert_eq!(came.tried.response, Some(expected));
}

#[tokio::test]
async fn a_claim_lasts_longer_than_a_try() {
    let wanted = Wanted {
        most: 5,
        failing: false,
        of_endpoint: 2,
        of_organization: 4,
        endpoints: vec![Held { webhook: nth(1), under_way: 1, places: 2 }],
        organizations: vec![(nth(2), 1)],
    };
    let expected = wanted.clone();
    let mut deliveries = MockDeliveries::new();
    deliveries
        .expect_claim()
        .withf(move |at, until, wanted| (*at, *until - *at) == (NOON, TimeDelta::seconds(60)) && *wanted == expected)
        .returning(|_, _, _| Ok(vec![due(0)]));
    let deliver = deliver(deliveries, MockSender::new(), Arc::default());
    assert_eq!(deliver.claim(&wanted).await.unwrap(), [due(0)]);
}
