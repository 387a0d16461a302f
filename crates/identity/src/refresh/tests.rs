use std::sync::Mutex;

use kernel::testing::{NOON, act, nth};
use kernel::{OrganizationId, Outcome, RoleKey, Scope};

use super::*;
use crate::model::Standing;
use crate::ports::{MockAccessTokens, MockRefreshTokens};
use crate::testing::{johndoe, session};

fn organization() -> OrganizationId {
    nth(60)
}

fn bound() -> Session {
    Session { organization: Some(organization()), ..session(nth(51), nth(50)) }
}

async fn refresh(outcome: RefreshOutcome) -> Result<SignedIn, Error> {
    let mut refresh_tokens = MockRefreshTokens::new();
    let rotation = Rotation { presented: TokenHash::of("old"), successor: act().token().hash(), repeat: None };
    refresh_tokens
        .expect_rotate()
        .times(1)
        .withf(move |_, given| *given == rotation)
        .return_once(move |_, _| Ok(outcome));
    let mut tokens = MockAccessTokens::new();
    tokens.expect_issue().returning(|claims| Ok(Secret::new(format!("{:?} {:?}", claims.organization, claims.role))));
    Refresh { refresh_tokens: Arc::new(refresh_tokens), tokens: Arc::new(tokens) }
        .run(&act(), &Secret::new("old"), None)
        .await
}

fn rotated(session: Session, standing: Option<Standing>) -> RefreshOutcome {
    RefreshOutcome::Rotated { session, user: johndoe(nth(50)), standing }
}

fn member() -> Standing {
    Standing { organization: organization(), role: RoleKey::MEMBER, active: true }
}

#[tokio::test]
async fn the_winner_gets_the_successor() {
    let signed_in = refresh(rotated(bound(), Some(member()))).await.unwrap();
    assert_eq!(&signed_in.refresh_token, act().token().secret());
    assert_eq!((signed_in.session, signed_in.user.role), (nth(51), Some(RoleKey::MEMBER)));
    assert_eq!((signed_in.expires_in, signed_in.refresh_expires_in), (900, 30 * 86_400));
}

#[tokio::test]
async fn who_does_not_belong_there_any_more_acts_nowhere() {
    let signed_in = refresh(rotated(bound(), None)).await.unwrap();
    assert_eq!(signed_in.access_token.expose(), "None None");
    assert_eq!(signed_in.user.role, None);
}

#[tokio::test]
async fn a_session_near_its_end_says_so() {
    let session = Session { expires_at: NOON + TimeDelta::days(2), ..session(nth(51), nth(50)) };
    assert_eq!(refresh(rotated(session, None)).await.unwrap().refresh_expires_in, 2 * 86_400);
}

#[tokio::test]
async fn to_all_others_the_token_is_invalid() {
    let reused = RefreshOutcome::Reused { session: bound(), user: johndoe(nth(50)) };
    for outcome in [RefreshOutcome::Lost { session: bound() }, RefreshOutcome::Refused, reused] {
        assert!(matches!(refresh(outcome).await, Err(Error::TokenInvalid)));
    }
}

#[test]
fn a_rotation_is_written_as_the_sessions_own() {
    let evidence = witness(&act(), &rotated(bound(), None));
    let [entry] = evidence.audit.as_slice() else { panic!("{evidence:?}") };
    assert_eq!((entry.action, entry.outcome), ("session.refreshed", Outcome::Done));
    assert_eq!(entry.actor, Actor::User { id: nth(50), session: nth(51) });
    assert_eq!(entry.scope, Scope::Organization(organization()));
    assert_eq!(evidence.mail, []);
}

#[test]
fn a_reuse_is_written_as_nobodys_and_told_by_mail() {
    let evidence = witness(&act(), &RefreshOutcome::Reused { session: bound(), user: johndoe(nth(50)) });
    let [entry] = evidence.audit.as_slice() else { panic!("{evidence:?}") };
    assert_eq!((entry.action, entry.outcome), ("session.refresh_reused", Outcome::Refused("refresh_reused")));
    assert_eq!(entry.actor, Actor::Nobody);
    let [mail] = evidence.mail.as_slice() else { panic!("{evidence:?}") };
    assert_eq!((mail.template, mail.to.as_str()), ("session_ended", "user@example.com"));
}

#[test]
fn a_token_that_came_again_at_once_is_written_as_nobodys_and_told_by_no_mail() {
    let evidence = witness(&act(), &RefreshOutcome::Lost { session: bound() });
    let [entry] = evidence.audit.as_slice() else { panic!("{evidence:?}") };
    assert_eq!((entry.action, entry.outcome), ("session.refresh_lost", Outcome::Refused("just_rotated")));
    assert_eq!((entry.actor, evidence.mail), (Actor::Nobody, vec![]));
}

#[test]
fn what_is_worth_nothing_leaves_nothing() {
    assert_eq!(witness(&act(), &RefreshOutcome::Refused), Evidence::default());
}

/// One refresh, and what the port was given.
async fn refresh_under(
    key: Option<&str>,
    presented: &str,
    outcome: RefreshOutcome,
) -> (Result<SignedIn, Error>, Rotation) {
    let given: Arc<Mutex<Option<Rotation>>> = Arc::default();
    let mut refresh_tokens = MockRefreshTokens::new();
    let seen = Arc::clone(&given);
    refresh_tokens.expect_rotate().times(1).return_once(move |_, rotation| {
        *seen.lock().unwrap() = Some(rotation);
        Ok(outcome)
    });
    let mut tokens = MockAccessTokens::new();
    tokens.expect_issue().returning(|it| Ok(Secret::new(format!("{} {}", it.id, it.issued_at))));
    let refresh = Refresh { refresh_tokens: Arc::new(refresh_tokens), tokens: Arc::new(tokens) };
    let signed_in = refresh.run(&later_act(), &Secret::new(presented), key.map(Secret::new)).await;
    let rotation = given.lock().unwrap().take().unwrap();
    (signed_in, rotation)
}

/// Another act than [`act`]: its ids are others.
fn later_act() -> Act {
    let act = act();
    let _ = act.token();
    Act { at: NOON + TimeDelta::seconds(30), ..act }
}

const KEY: &str = "a-key-of-22-characters";

fn repeated(sealed: Vec<u8>) -> RefreshOutcome {
    RefreshOutcome::Repeated { session: bound(), user: johndoe(nth(50)), standing: Some(member()), sealed }
}

#[tokio::test]
async fn a_repetition_under_the_key_gives_the_same_pair() {
    let (first, rotation) = refresh_under(Some(KEY), "old", rotated(bound(), Some(member()))).await;
    let repeat = rotation.repeat.unwrap();
    assert!(!String::from_utf8_lossy(&repeat.sealed).contains(first.as_ref().unwrap().refresh_token.expose()));
    let (again, asked) = refresh_under(Some(KEY), "old", repeated(repeat.sealed)).await;
    assert_eq!(again.unwrap(), first.unwrap());
    assert_eq!(asked.repeat.unwrap().key, repeat.key, "it is found by the same name");
}

#[tokio::test]
async fn another_key_or_another_token_finds_and_opens_nothing() {
    let (_, rotation) = refresh_under(Some(KEY), "old", rotated(bound(), None)).await;
    let repeat = rotation.repeat.unwrap();
    for (key, presented) in [("another-key-of-22-chars", "old"), (KEY, "other")] {
        let (answer, asked) = refresh_under(Some(key), presented, repeated(repeat.sealed.clone())).await;
        assert!(matches!(answer, Err(Error::Fault(_))), "{key} {presented}");
        assert_ne!(asked.repeat.unwrap().key, repeat.key);
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_kept_and_nothing_repeated() {
    let (_, rotation) = refresh_under(None, "old", rotated(bound(), None)).await;
    assert_eq!(rotation.repeat, None);
    let (answer, _) = refresh_under(None, "old", repeated(vec![0; 40])).await;
    assert!(matches!(answer, Err(Error::TokenInvalid)));
}

#[tokio::test]
async fn a_key_too_short_to_guard_the_pair_is_told_before_the_token_is_used_up() {
    let mut refresh_tokens = MockRefreshTokens::new();
    refresh_tokens.expect_rotate().never();
    let refresh = Refresh { refresh_tokens: Arc::new(refresh_tokens), tokens: Arc::new(MockAccessTokens::new()) };
    for key in ["", &KEY[1..], &"ü".repeat(21)] {
        let outcome = refresh.run(&act(), &Secret::new("old"), Some(Secret::new(key))).await;
        let Err(Error::Invalid(problems)) = outcome else { panic!("{key}: {outcome:?}") };
        assert_eq!(problems.iter().map(|(field, _)| field).collect::<Vec<_>>(), ["Idempotency-Key"]);
    }
}

#[test]
fn a_repetition_is_written_as_the_sessions_own() {
    let evidence = witness(&act(), &repeated(vec![]));
    let [entry] = evidence.audit.as_slice() else { panic!("{evidence:?}") };
    assert_eq!((entry.action, entry.outcome), ("session.refresh_repeated", Outcome::Done));
    assert_eq!(entry.actor, Actor::User { id: nth(50), session: nth(51) });
    assert_eq!(evidence.mail, []);
}
