use identity::testing::{johndoe, session};
use identity::{Factor, Factors, Session};
use kernel::testing::{NOON, Units, act, nth};
use kernel::{CommitError, TokenHash, Write};
use rbac::MemberFact;
use rbac::system::{TEAM_INVITE, TEAM_VIEW};
use tenancy::ports::MockHoldings;

use super::*;
use crate::testing::{
    ACME, JOHN, JOHNS_SESSION, facts, holding, key, keys_there, member, node_of, sessions, suspended, users,
};

mod rotating;

struct World {
    store: Arc<Units<Change>>,
    user: Option<User>,
    session: Option<Session>,
    members: Vec<MemberFact>,
    keys: Vec<Key>,
}

impl World {
    /// John's membership of Acme is this.
    fn of(membership: MemberFact) -> Self {
        Self {
            store: Arc::default(),
            user: Some(johndoe(nth(JOHN))),
            session: Some(session(nth(JOHNS_SESSION), nth(JOHN))),
            members: vec![membership],
            keys: vec![],
        }
    }

    fn owner() -> Self {
        Self::of(member(JOHN, RoleKey::OWNER))
    }

    fn use_case(&self) -> ManageKeys {
        let mut holdings = MockHoldings::new();
        let held = self.members.iter().any(|it| it.user == nth(JOHN));
        holdings
            .expect_of()
            .returning(move |_| Ok(if held { vec![holding(ACME, RoleKey::MEMBER, 0, 0)] } else { vec![] }));
        ManageKeys {
            store: Arc::<Units<Change>>::clone(&self.store),
            keys: Arc::new(keys_there(self.keys.clone())),
            users: users(self.user.iter().cloned().collect()),
            sessions: sessions(self.session.clone()),
            holdings: Arc::new(holdings),
            node: node_of(facts(self.members.clone()), keys_there(vec![])),
            prefixes: KeyPrefixes::default(),
        }
    }

    async fn make(&self, input: KeyInput) -> Result<ShownKey, Error> {
        self.use_case().make(&act(), &john(), nth(ACME), input).await
    }

    async fn make_personal(&self, input: KeyInput) -> Result<ShownKey, Error> {
        self.use_case().make_personal(&act(), &john(), input).await
    }

    /// The one key that was made.
    fn made(&self) -> Key {
        let unit = self.store.only();
        let [Change::Identity(identity::Change::Key(Write::Add(key)))] = unit.changes.as_slice() else {
            panic!("{unit:#?}")
        };
        key.clone()
    }

    fn wrote_nothing(&self) {
        assert_eq!(self.store.all(), []);
    }
}

fn john() -> Person {
    Person { user: nth(JOHN), session: nth(JOHNS_SESSION), organization: Some(nth(ACME)) }
}

fn wish(scopes: Option<&[&str]>) -> KeyInput {
    let scopes = scopes.map(|it| it.iter().map(|&it| it.to_owned()).collect());
    KeyInput { name: "CI".to_owned(), scopes, expires_at: None }
}

fn guards() -> [Guard; 2] {
    [Guard::User { user: nth(JOHN), version: 1 }, Guard::Authorization { organization: nth(ACME), version: 7 }]
}

/// The fields that are not right.
fn fields(error: Error) -> Vec<String> {
    let Error::Identity(identity::Error::Invalid(problems)) = error else { panic!("{error:?}") };
    problems.iter().map(|(field, _)| field.to_owned()).collect()
}

#[tokio::test]
async fn an_organizations_key_is_shown_once_and_acts_there() {
    let world = World::owner();
    let shown = world
        .make(KeyInput { expires_at: Some(NOON + TimeDelta::days(1)), ..wish(Some(&["team.view"])) })
        .await
        .unwrap();
    let key = world.made();
    assert_eq!((key.owner, key.organization), (KeyOwner::Organization(nth(ACME)), Some(nth(ACME))));
    assert_eq!((key.maker, key.hash), (nth(JOHN), TokenHash::of(shown.key.expose())));
    assert_eq!((key.id, key.expires_at), (shown.id, Some(NOON + TimeDelta::days(1))));
    assert_eq!((&key.scopes, shown.scopes), (&Scopes::Only(vec![TEAM_VIEW]), Some(vec![TEAM_VIEW])));
    let unit = world.store.only();
    assert_eq!(unit.guards, guards(), "neither its maker nor what they may has changed");
    assert_eq!(unit.evidence.audit[0].action, "api_key.created");
}

#[tokio::test]
async fn a_key_that_is_as_good_as_an_admin_is_made_by_who_holds_all_of_that() {
    for (role, may) in [(RoleKey::OWNER, true), (RoleKey::ADMIN, true), (RoleKey::MEMBER, false)] {
        let world = World::of(member(JOHN, role));
        let outcome = world.make(wish(None)).await;
        if may {
            assert_eq!((world.made().scopes, outcome.unwrap().scopes), (Scopes::Admin, None));
        } else {
            assert!(matches!(outcome, Err(Error::PermissionDenied(_))), "{outcome:?}");
            world.wrote_nothing();
        }
    }
}

#[tokio::test]
async fn no_scopes_at_all_are_nothing_and_not_everything() {
    let world = World::of(member(JOHN, RoleKey::MEMBER));
    world.make(wish(Some(&[]))).await.unwrap();
    assert_eq!(world.made().scopes, Scopes::Only(vec![]));
}

#[tokio::test]
async fn nobody_gives_a_key_what_they_do_not_hold() {
    for membership in [member(JOHN, RoleKey::MEMBER), suspended(JOHN, RoleKey::OWNER), member(99, RoleKey::OWNER)] {
        let world = World::of(membership.clone());
        let wanted = wish(Some(&["team.invite"]));
        for outcome in [world.make(wanted.clone()).await, world.make_personal(wanted).await] {
            assert!(matches!(outcome, Err(Error::PermissionDenied(ref it)) if *it == TEAM_INVITE), "{outcome:?}");
        }
        world.wrote_nothing();
    }
}

#[tokio::test]
async fn what_is_no_permission_is_told_by_its_place() {
    for (given, named) in [
        (&["team.view", "*"][..], "scopes.1"),
        (&["team.*"], "scopes.0"),
        (&["Team.View"], "scopes.0"),
        (&[""], "scopes.0"),
        (&["hives.open"], "scopes"),
        (&["platform.administer"], "scopes"),
    ] {
        let world = World::owner();
        assert_eq!(fields(world.make(wish(Some(given))).await.unwrap_err()), [named], "{given:?}");
        let personal = named.replace("scopes", "permissions");
        assert_eq!(fields(world.make_personal(wish(Some(given))).await.unwrap_err()), [personal], "{given:?}");
        world.wrote_nothing();
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let bad = KeyInput { name: " ".into(), scopes: Some(vec!["*".into()]), expires_at: Some(NOON) };
    let mut named = fields(World::owner().make(bad).await.unwrap_err());
    named.sort_unstable();
    assert_eq!(named, ["expires_at", "name", "scopes.0"]);
}

#[tokio::test]
async fn scopes_are_kept_once_each_and_in_order() {
    let world = World::owner();
    world.make(wish(Some(&["team.view", "team.invite", "team.view"]))).await.unwrap();
    assert_eq!(world.made().scopes, Scopes::Only(vec![TEAM_INVITE, TEAM_VIEW]));
}

#[tokio::test]
async fn a_maker_is_active_verified_and_signed_in() {
    let user = johndoe(nth(JOHN));
    let unverified = World { user: Some(User { verified_at: None, ..user.clone() }), ..World::owner() };
    let suspended = World { user: Some(User { status: UserStatus::Suspended, ..user }), ..World::owner() };
    let ended = Session { ended_at: Some(NOON), ..session(nth(JOHNS_SESSION), nth(JOHN)) };
    let left = World { session: Some(ended), ..World::owner() };
    for (world, unproved) in [(unverified, true), (suspended, false), (left, false)] {
        for outcome in [world.make(wish(Some(&[]))).await, world.make_personal(wish(Some(&[]))).await] {
            assert_eq!(matches!(outcome, Err(Error::EmailNotVerified)), unproved, "{outcome:?}");
            assert_eq!(matches!(outcome, Err(Error::TokenInvalid)), !unproved, "{outcome:?}");
        }
        world.wrote_nothing();
    }
}

#[tokio::test]
async fn a_key_remembers_whether_more_than_one_factor_was_given() {
    for (factors, multiple) in [(vec![Factor::Password], false), (vec![Factor::Password, Factor::Totp], true)] {
        let session = Session { factors: Factors::of(factors), ..session(nth(JOHNS_SESSION), nth(JOHN)) };
        let world = World { session: Some(session), ..World::owner() };
        world.make(wish(None)).await.unwrap();
        assert_eq!(world.made().multi_factor, multiple);
    }
}

#[tokio::test]
async fn a_personal_token_is_its_persons_alone() {
    let world = World::of(member(JOHN, RoleKey::MEMBER));
    let shown = world.make_personal(wish(Some(&["team.view"]))).await.unwrap();
    assert!(shown.key.expose().starts_with("pcp_"));
    let key = world.made();
    assert_eq!((key.owner, key.maker, key.organization), (KeyOwner::User(nth(JOHN)), nth(JOHN), Some(nth(ACME))));
    assert_eq!(key.scopes, Scopes::Only(vec![TEAM_VIEW]));
    let unit = world.store.only();
    assert_eq!(unit.guards, guards()[..1], "or one made while all are revoked would stay");
    assert_eq!(unit.evidence.audit[0].action, "personal_token.created");
    assert_eq!(unit.evidence.events, []);

    let world = World::owner();
    world.make_personal(wish(None)).await.unwrap();
    assert_eq!(world.made().scopes, Scopes::Only(vec![]), "it is never as good as an admin");
}

#[tokio::test(start_paused = true)]
async fn who_is_stopped_meanwhile_has_made_nothing() {
    let store = Arc::new(Units::failing([CommitError::Stale]));
    let world = World { store, ..World::owner() };
    let mut reads = vec![johndoe(nth(JOHN)), User { status: UserStatus::Suspended, version: 2, ..johndoe(nth(JOHN)) }];
    let mut users = identity::ports::MockUsers::new();
    users.expect_by_id().returning(move |_| Ok(Some(reads.remove(0))));
    let manage = ManageKeys { users: Arc::new(users), ..world.use_case() };
    assert!(matches!(manage.make_personal(&act(), &john(), wish(Some(&[]))).await, Err(Error::TokenInvalid)));
    assert_eq!(world.store.all().len(), 1);
}

#[tokio::test]
async fn what_is_shown_once_can_be_answered_again_and_not_read_off() {
    let shown = World::owner().make(wish(None)).await.unwrap();
    assert!(!format!("{shown:?}").contains(&shown.key.expose()[4..]));
}
