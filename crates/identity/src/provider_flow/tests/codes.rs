//! Codes that applications, and browsers where a second factor is asked for, redeem.

use super::*;

async fn arrived(google: &Google, flow: &ProviderFlow, target: FlowTarget) -> (Arrived, Secret) {
    let begun = begin(flow, sign_in(), target).await.unwrap();
    let arrived = flow.arrive(&act(), Provider::Google, google.back(&begun)).await.unwrap();
    (arrived, begun.browser)
}

fn at(seconds_after: i64) -> Act {
    Act { at: seconds(seconds_after), ..act() }
}

async fn claim(flow: &ProviderFlow, code: &Secret, shown: Shown<'_>, at: Time) -> Result<Claimed, Error> {
    flow.claim(code, shown, at).await
}

#[tokio::test]
async fn an_application_redeems_its_code_once_within_a_minute() {
    for (second, good) in [(0, true), (59, true), (60, false), (999, false)] {
        let google = Google::in_world(World::john());
        let flow = google.flow();
        let (there, _) = arrived(&google, &flow, application(APP, CODE_CHALLENGE)).await;
        let code = flow.hold(&act(), there.clone()).await.unwrap();
        let [(_, lifetime)] = &google.world.waiting.kept()[..] else { panic!() };
        assert_eq!(*lifetime, Duration::from_mins(1));
        let verifier = Secret::new(VERIFIER);
        let claimed = claim(&flow, &code, Shown::Verifier(&verifier), seconds(second)).await;
        assert_eq!(claimed.as_ref().ok().map(Claimed::arrived), good.then_some(&there), "{second}");
        let again = claim(&flow, &code, Shown::Verifier(&verifier), NOON).await;
        assert!(matches!(again, Err(Error::TokenInvalid)), "once");
    }
}

#[tokio::test]
async fn a_browser_has_five_minutes_for_its_second_factor() {
    for (second, good) in [(299, true), (300, false)] {
        let google = Google::in_world(World::john());
        let flow = google.flow();
        let (there, browser) = arrived(&google, &flow, FlowTarget::Browser).await;
        let code = flow.hold(&act(), there).await.unwrap();
        assert_eq!(google.world.waiting.kept()[0].1, Duration::from_mins(5));
        let claimed = claim(&flow, &code, Shown::Browser(&browser), seconds(second)).await;
        assert_eq!(claimed.is_ok(), good, "{second}");
    }
}

#[tokio::test]
async fn who_shows_another_verifier_or_browser_uses_the_code_up() {
    let (verifier, strange) = (Secret::new(VERIFIER), Secret::new("strange"));
    let challenge = Secret::new(CODE_CHALLENGE);
    for is_browser in [true, false] {
        for wrong in 0..4 {
            let google = Google::in_world(World::john());
            let flow = google.flow();
            let target = if is_browser { FlowTarget::Browser } else { application(APP, CODE_CHALLENGE) };
            let (there, browser) = arrived(&google, &flow, target).await;
            let code = flow.hold(&act(), there).await.unwrap();
            let shown = match (wrong, is_browser) {
                (0, _) => Shown::Verifier(&strange),
                (1, _) => Shown::Browser(&strange),
                // The challenge is no verifier of itself.
                (2, _) => Shown::Verifier(&challenge),
                // Right, and of the other kind.
                (_, true) => Shown::Verifier(&verifier),
                (_, false) => Shown::Browser(&browser),
            };
            assert!(matches!(claim(&flow, &code, shown, NOON).await, Err(Error::TokenInvalid)), "{wrong} {is_browser}");
            let right = if is_browser { Shown::Browser(&browser) } else { Shown::Verifier(&verifier) };
            assert!(matches!(claim(&flow, &code, right, NOON).await, Err(Error::TokenInvalid)), "{wrong} {is_browser}");
        }
    }
}

#[tokio::test]
async fn what_is_put_back_is_good_for_what_was_left_of_its_time() {
    let google = Google::in_world(World::john());
    let flow = google.flow();
    let (there, browser) = arrived(&google, &flow, FlowTarget::Browser).await;
    let code = flow.hold(&act(), there.clone()).await.unwrap();
    for (second, left) in [(100, 200), (299, 1)] {
        let claimed = claim(&flow, &code, Shown::Browser(&browser), seconds(second)).await.unwrap();
        flow.put_back(&at(second), claimed).await.unwrap();
        assert_eq!(google.world.waiting.kept()[0].1, Duration::from_secs(left));
    }
    assert!(claim(&flow, &code, Shown::Browser(&browser), seconds(300)).await.is_err());
}

#[tokio::test]
async fn neither_a_state_nor_a_strange_code_is_a_code() {
    let google = Google::in_world(World::john());
    let flow = google.flow();
    let begun = begin(&flow, sign_in(), FlowTarget::Browser).await.unwrap();
    let state = google.back(&begun).state.unwrap();
    for code in [state, Secret::new(""), begun.browser.clone()] {
        assert!(matches!(claim(&flow, &code, Shown::Browser(&begun.browser), NOON).await, Err(Error::TokenInvalid)));
    }
    assert!(flow.arrive(&act(), Provider::Google, google.back(&begun)).await.is_ok(), "and the way goes on");
}
