use kernel::testing::{NOON, Units, act, nth};
use kernel::{Actor, CommitError, Guard, OrganizationId, Outcome, RoleKey, Scope};

use super::*;
use crate::model::{PasswordHash, Standing};
use crate::ports::{MockAccessTokens, MockPasswordHasher, MockStandings, MockUsers};
use crate::testing::{PlainHasher, johndoe};

const PASSWORD: &str = "SecurePass123!";

/// What the world answers.
struct World {
    store: Arc<Units<Change>>,
    /// Read one after the other; the last one stays.
    users: Vec<Option<User>>,
    standing: Option<Standing>,
    hasher: Arc<dyn PasswordHasher>,
}

impl World {
    fn of(user: Option<User>) -> Self {
        Self { store: Arc::default(), users: vec![user], standing: None, hasher: Arc::new(PlainHasher) }
    }

    fn john() -> Self {
        Self::of(Some(johndoe(nth(50))))
    }

    async fn log_in(&self, password: &str, organization: Option<&str>) -> Result<SignedIn, Error> {
        self.remembering(None, password, organization).await
    }

    async fn remembering(
        &self,
        remember_me: Option<bool>,
        password: &str,
        organization: Option<&str>,
    ) -> Result<SignedIn, Error> {
        let mut users = MockUsers::new();
        let mut answers = self.users.clone();
        users
            .expect_by_email()
            .withf(|email| email.key() == "user@example.com")
            .returning(move |_| Ok(if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }));
        let mut standings = MockStandings::new();
        let (standing, wanted) = (self.standing.clone(), organization.and_then(OrganizationRef::parse));
        standings
            .expect_of()
            .withf(move |user, asked| *user == nth(50) && *asked == wanted)
            .returning(move |_, _| Ok(standing.clone()));
        let mut tokens = MockAccessTokens::new();
        tokens
            .expect_issue()
            .returning(|claims| Ok(Secret::new(format!("{} {:?}", claims.session, claims.organization))));
        let log_in = LogIn {
            store: Arc::<Units<Change>>::clone(&self.store),
            users: Arc::new(users),
            standings: Arc::new(standings),
            hasher: Arc::clone(&self.hasher),
            tokens: Arc::new(tokens),
            lifetimes: Lifetimes::default(),
        };
        let email = "User@Example.com".to_owned();
        let organization = organization.map(str::to_owned);
        log_in.run(&act(), LogInInput { email, password: Secret::new(password), remember_me, organization }).await
    }

    /// The reason of the one refusal that was written, and whom it concerns.
    fn refusal(&self) -> (&'static str, Scope) {
        let unit = self.store.only();
        assert_eq!((unit.changes.len(), unit.evidence.audit.len()), (0, 1));
        let entry = &unit.evidence.audit[0];
        let Outcome::Refused(reason) = entry.outcome else { panic!("{entry:?}") };
        assert_eq!((entry.action, entry.actor), ("session.login_failed", Actor::Nobody));
        assert_eq!(entry.personal[0].after, "User@Example.com");
        (reason, entry.scope)
    }
}

/// Expects one comparison of this with that, and answers no.
fn hasher_that_says_no(password: &'static str, hash: Option<PasswordHash>) -> Arc<dyn PasswordHasher> {
    let mut hasher = MockPasswordHasher::new();
    hasher
        .expect_verify()
        .times(1)
        .withf(move |given, against| given.expose() == password && *against == hash)
        .returning(|_, _| Ok(false));
    Arc::new(hasher)
}

fn standing(active: bool) -> Standing {
    Standing { organization: nth(60), role: RoleKey::ADMIN, active }
}

#[tokio::test]
async fn the_right_password_opens_a_session_where_the_user_is_as_it_was() {
    let world = World { standing: Some(standing(true)), ..World::john() };
    let signed_in = world.log_in(PASSWORD, None).await.unwrap();
    let unit = world.store.only();
    assert_eq!(unit.guards, [Guard::User { user: nth(50), version: 1 }]);
    let [Change::Session(kernel::Write::Add(session)), Change::RefreshToken(kernel::Write::Add(token))] =
        unit.changes.as_slice()
    else {
        panic!("{unit:?}")
    };
    assert_eq!((session.id, session.user), (signed_in.session, nth(50)));
    assert_eq!((session.organization, session.auth_time), (Some(nth(60)), NOON));
    assert_eq!(token.hash, kernel::TokenHash::of(signed_in.refresh_token.expose()));
    let entry = &unit.evidence.audit[0];
    assert_eq!((entry.action, entry.actor), ("session.started", Actor::User { id: nth(50), session: session.id }));
    assert_eq!(entry.scope, Scope::Organization(nth(60)));
    assert_eq!(signed_in.user.role, Some(RoleKey::ADMIN));
    assert_eq!(signed_in.access_token.expose(), format!("{} {:?}", session.id, Some(nth::<OrganizationId>(60))));
}

#[tokio::test]
async fn an_unknown_address_costs_a_comparison_and_is_written() {
    let world = World { hasher: hasher_that_says_no(PASSWORD, None), ..World::of(None) };
    assert!(matches!(world.log_in(PASSWORD, None).await, Err(Error::InvalidCredentials)));
    assert_eq!(world.refusal(), ("unknown_email", Scope::Installation));
}

#[tokio::test]
async fn what_is_no_address_costs_a_comparison_too() {
    let log_in = LogIn {
        store: Arc::<Units<Change>>::default(),
        users: Arc::new(MockUsers::new()),
        standings: Arc::new(MockStandings::new()),
        hasher: hasher_that_says_no(PASSWORD, None),
        tokens: Arc::new(MockAccessTokens::new()),
        lifetimes: Lifetimes::default(),
    };
    let input =
        LogInInput { email: "nobody".into(), password: Secret::new(PASSWORD), remember_me: None, organization: None };
    assert!(matches!(log_in.run(&act(), input).await, Err(Error::InvalidCredentials)));
}

#[tokio::test]
async fn a_wrong_password_is_written() {
    let world = World::john();
    assert!(matches!(world.log_in("SecurePass123?", None).await, Err(Error::InvalidCredentials)));
    assert_eq!(world.refusal(), ("wrong_password", Scope::User(nth(50))));
}

#[tokio::test]
async fn what_is_too_long_to_be_a_password_is_compared_as_nothing() {
    let hash = johndoe(nth(50)).password;
    let world = World { hasher: hasher_that_says_no("", hash), ..World::john() };
    assert!(matches!(world.log_in(&"x".repeat(129), None).await, Err(Error::InvalidCredentials)));
}

#[tokio::test]
async fn an_account_without_a_password_has_no_right_one() {
    let world = World::of(Some(User { password: None, ..johndoe(nth(50)) }));
    assert!(matches!(world.log_in("", None).await, Err(Error::InvalidCredentials)));
}

#[tokio::test]
async fn who_is_not_active_has_no_right_one_either() {
    for status in [UserStatus::Suspended, UserStatus::Deleted] {
        let world = World::of(Some(User { status, ..johndoe(nth(50)) }));
        assert!(matches!(world.log_in(PASSWORD, None).await, Err(Error::InvalidCredentials)));
        assert_eq!(world.refusal(), ("user_not_active", Scope::User(nth(50))));
    }
}

#[tokio::test]
async fn a_password_changed_while_it_was_compared_is_wrong() {
    let changed = User { password: Some(PlainHasher::of("other")), ..johndoe(nth(50)) };
    let world = World { users: vec![Some(johndoe(nth(50))), Some(changed)], ..World::john() };
    assert!(matches!(world.log_in(PASSWORD, None).await, Err(Error::InvalidCredentials)));
    assert_eq!(world.refusal().0, "wrong_password");
}

#[tokio::test(start_paused = true)]
async fn a_password_changed_before_the_commit_is_wrong() {
    let changed = User { password: Some(PlainHasher::of("other")), version: 2, ..johndoe(nth(50)) };
    let before = Some(johndoe(nth(50)));
    let store = Arc::new(Units::failing([CommitError::Stale]));
    let world = World { store, users: vec![before.clone(), before, Some(changed)], ..World::john() };
    assert!(matches!(world.log_in(PASSWORD, None).await, Err(Error::InvalidCredentials)));
    let [_, refused] = world.store.all().try_into().unwrap();
    assert_eq!(refused.changes, []);
}

#[tokio::test]
async fn the_wanted_organization_is_judged_after_the_password() {
    let world = World { standing: Some(standing(false)), ..World::john() };
    assert!(matches!(world.log_in("wrong", Some("acme")).await, Err(Error::InvalidCredentials)));
    assert!(matches!(world.log_in(PASSWORD, Some("acme")).await, Err(Error::MemberSuspended)));
    let world = World::john();
    for unknown in ["acme", "No Slug", "", "00000000-0000-0000-0000-000000000009"] {
        assert!(matches!(world.log_in(PASSWORD, Some(unknown)).await, Err(Error::OrganizationNotFound)));
    }
    assert_eq!(world.store.all(), []);
}

#[tokio::test]
async fn without_an_organization_the_session_is_bound_to_none() {
    let world = World::john();
    let signed_in = world.log_in(PASSWORD, None).await.unwrap();
    assert_eq!(signed_in.user.role, None);
    assert!(signed_in.access_token.expose().ends_with("None"));
    assert_eq!(world.store.only().evidence.audit[0].scope, Scope::User(nth(50)));
}

#[tokio::test]
async fn remember_me_chooses_among_three_lifetimes() {
    const DAY: i64 = 86_400;
    for (remember_me, access, refresh) in
        [(None, 900, 30 * DAY), (Some(false), 900, 7 * DAY), (Some(true), DAY, 30 * DAY)]
    {
        let world = World::john();
        let signed_in = world.remembering(remember_me, PASSWORD, None).await.unwrap();
        assert_eq!((signed_in.expires_in, signed_in.refresh_expires_in), (access, refresh), "{remember_me:?}");
        let Change::RefreshToken(token) = &world.store.only().changes[1] else { panic!() };
        assert_eq!((token.subject().expires_at - NOON).num_seconds(), refresh);
    }
}
