use chrono::TimeDelta;
use kernel::testing::{NOON, act, nth};
use kernel::{CommitError, Outcome, Scope, TokenHash};

use super::*;
use crate::ports::{MockMailAllowances, MockMailRequests};
use crate::world::{World, address, allowance, john};

fn wish(n: u64, kind: MailRequestKind) -> MailRequest {
    MailRequest { id: nth(n), kind, email: address("User@Example.com"), asked_at: NOON - TimeDelta::seconds(1) }
}

fn unverified() -> User {
    User { verified_at: None, ..john() }
}

async fn answer(world: &World, waiting: Vec<MailRequest>, allowances: Arc<dyn MailAllowances>) -> Result<bool, Error> {
    let mut requests = MockMailRequests::new();
    requests.expect_claim().times(1).withf(|at, most| (*at, *most) == (NOON, 20)).return_once(|_, _| Ok(waiting));
    let (store, users, settings) = (world.store(), world.users(), world.settings());
    let ids = act().ids;
    let of_system = || Act { ids: Arc::clone(&ids), ..act() };
    AnswerMailRequests { store, requests: Arc::new(requests), users, allowances, settings }.run(of_system).await
}

fn nobody_asked() -> Arc<dyn MailAllowances> {
    Arc::new(MockMailAllowances::new())
}

#[tokio::test]
async fn where_nothing_waits_nothing_is_done() {
    let world = World::john();
    assert!(!answer(&world, vec![], nobody_asked()).await.unwrap());
    world.wrote_nothing();
}

#[tokio::test]
async fn each_kind_is_answered_with_its_token() {
    for (kind, user, purpose, template, key, lifetime, length) in [
        (
            MailRequestKind::TemporaryPassword,
            john(),
            MailedPurpose::ResetPassword,
            "temporary_password",
            "temporary_password",
            TimeDelta::minutes(30),
            32,
        ),
        (
            MailRequestKind::Verification,
            unverified(),
            MailedPurpose::VerifyEmail,
            "verify_email",
            "token",
            TimeDelta::days(3),
            43,
        ),
    ] {
        let world = World::of(vec![Some(user)]);
        let asked = allowance(kind.as_str(), "user@example.com", true);
        assert!(answer(&world, vec![wish(1, kind)], asked).await.unwrap());
        let unit = world.store.only();
        let [Change::MailRequest(Write::Remove { expected }), Change::MailedToken(Write::Add(token))] =
            unit.changes.as_slice()
        else {
            panic!("{unit:?}")
        };
        assert_eq!(*expected, wish(1, kind));
        assert_eq!((token.purpose, token.user, token.email.as_str()), (purpose, nth(50), "user@example.com"));
        assert_eq!((token.issued_at, token.expires_at, token.tries), (NOON, NOON + lifetime, 0));
        // To the address as its owner wrote it, not as a stranger did.
        assert_eq!(world.mailed(), [(template, "user@example.com".to_owned())]);
        let values = &unit.evidence.mail[0].values;
        let secret = values.iter().find_map(|(it, secret)| (*it == key).then_some(secret)).unwrap();
        assert_eq!((TokenHash::of(secret.expose()), secret.expose().len()), (token.hash, length));
        assert_eq!(world.written(), [("user.mail_request_answered", Outcome::Done)]);
        assert_eq!(unit.evidence.audit[0].scope, Scope::User(nth(50)));
    }
}

#[tokio::test]
async fn what_is_refused_is_written_and_no_mail_is_sent() {
    use MailRequestKind::{TemporaryPassword, Verification};
    let is = |status| Some(User { status, ..unverified() });
    let asked = |kind: MailRequestKind| allowance(kind.as_str(), "user@example.com", false);
    let cases = [
        (TemporaryPassword, None, "unknown_email"),
        (Verification, None, "unknown_email"),
        (TemporaryPassword, is(UserStatus::Suspended), "user_not_active"),
        (Verification, is(UserStatus::Deleted), "user_not_active"),
        (Verification, Some(john()), "verified_already"),
        (TemporaryPassword, Some(john()), "too_many_mails"),
        (Verification, Some(unverified()), "too_many_mails"),
    ];
    for (kind, user, reason) in cases {
        let world = World::of(vec![user]);
        // It is spent for every address alike.
        assert!(answer(&world, vec![wish(1, kind)], asked(kind)).await.unwrap());
        let unit = world.store.only();
        assert_eq!(unit.changes, [Change::MailRequest(Write::Remove { expected: wish(1, kind) })]);
        assert_eq!(world.written(), [("user.mail_request_answered", Outcome::Refused(reason))]);
        assert_eq!(world.mailed(), []);
    }
}

#[tokio::test(start_paused = true)]
async fn one_who_is_not_any_more_as_they_were_is_looked_at_again() {
    let stopped = User { status: UserStatus::Suspended, version: 2, ..john() };
    let world = World::of(vec![Some(john()), Some(stopped)]).failing([CommitError::Stale]);
    let kind = MailRequestKind::TemporaryPassword;
    let asked = allowance(kind.as_str(), "user@example.com", true);
    assert!(answer(&world, vec![wish(1, kind)], asked).await.unwrap());
    let [first, second] = world.store.all().try_into().unwrap();
    assert_eq!(first.guards, [guard(&john())]);
    assert_eq!((first.changes.len(), second.changes.len()), (2, 1));
    assert_eq!(second.evidence.audit[0].outcome, Outcome::Refused("user_not_active"));
}

#[tokio::test]
async fn one_that_fails_holds_up_no_other() {
    let world = World::nobody().failing([CommitError::Fault(kernel::Fault::defect("broken"))]);
    let kind = MailRequestKind::TemporaryPassword;
    let mut allowances = MockMailAllowances::new();
    allowances.expect_spend().times(2).returning(|_, _, _, _| Ok(true));
    let answered = answer(&world, vec![wish(1, kind), wish(2, kind)], Arc::new(allowances)).await;
    assert!(matches!(answered, Err(Error::Fault(_))));
    let removed: Vec<_> = world.store.all().into_iter().flat_map(|it| it.changes).collect();
    let remove = |n| Change::MailRequest(Write::Remove { expected: wish(n, kind) });
    assert_eq!(removed, [remove(1), remove(2)]);
}
