use chrono::TimeDelta;
use identity::testing::{FixedSettings, PlainHasher, johndoe, session};
use identity::{Factors, Session, User};
use kernel::testing::{NOON, Units, act, nth};
use kernel::{CommitError, Guard, RoleKey, Taken, Token, Write};
use rbac::MemberFact;
use tenancy::ports::MockInvitations;
use tenancy::{Invitation, InvitationStatus, Member, MemberStatus};

use super::*;
use crate::OrganizationView;
use crate::testing::{
    ACME, INVITER, JOHN, JOHNS_SESSION, member, node, organizations, sessions, suspended, tokens, users,
};

/// What the world holds: by default an invitation of nobody's address as a member, by an admin.
struct World {
    store: Arc<Units<Change>>,
    /// Read one after the other, the last one for ever.
    invitations: Vec<Invitation>,
    users: Vec<User>,
    inviter: Option<User>,
    /// In which John is.
    session: Option<Session>,
    members: Vec<MemberFact>,
}

fn token() -> Token {
    act().token()
}

fn invitation() -> Invitation {
    tenancy::testing::invitation(nth(70), nth(ACME), nth(INVITER), &token())
}

fn used() -> Invitation {
    Invitation { status: InvitationStatus::Accepted, ..invitation() }
}

fn john() -> User {
    johndoe(nth(JOHN))
}

fn inviter() -> User {
    User { email: EmailAddress::parse("inviter@example.com").unwrap(), ..johndoe(nth(INVITER)) }
}

impl Default for World {
    fn default() -> Self {
        Self {
            store: Arc::default(),
            invitations: vec![invitation()],
            users: vec![],
            inviter: Some(inviter()),
            session: Some(johns_session()),
            members: vec![member(INVITER, RoleKey::ADMIN)],
        }
    }
}

impl World {
    fn inviting(invitation: Invitation) -> Self {
        Self { invitations: vec![invitation], ..Self::default() }
    }

    async fn accept(&self, input: AcceptInput) -> Result<Joined, Error> {
        let mut invitations = MockInvitations::new();
        let mut answers = self.invitations.clone();
        invitations.expect_by_token().returning(move |presented| {
            let next = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
            Ok((next.token == *presented).then_some(next))
        });
        let users = users(self.users.iter().cloned().chain(self.inviter.clone()).collect());
        let accept = AcceptInvitation {
            store: Arc::<Units<Change>>::clone(&self.store),
            joining: Arc::new(Joining {
                invitations: Arc::new(invitations),
                organizations: organizations(),
                users: Arc::clone(&users),
                keys: Arc::new(crate::testing::keys_there(vec![])),
                node: node(self.members.clone()),
                tokens: tokens(),
            }),
            users,
            sessions: sessions(self.session.clone()),
            hasher: Arc::new(PlainHasher),
            settings: Arc::new(FixedSettings::default()),
        };
        accept.run(&act(), input).await
    }

    async fn accept_as_new(&self) -> Result<Joined, Error> {
        self.accept(as_new()).await
    }

    async fn accept_as_john(&self) -> Result<Joined, Error> {
        self.accept(as_john()).await
    }

    fn writes_nothing(&self) {
        assert_eq!(self.store.all(), []);
    }
}

fn as_new() -> AcceptInput {
    AcceptInput {
        token: token().secret().clone(),
        username: Some("newcomer".into()),
        password: Some(Secret::new("SecurePass123!")),
        caller: None,
    }
}

fn as_john() -> AcceptInput {
    AcceptInput { username: None, password: None, caller: Some(john_calling()), ..as_new() }
}

fn john_calling() -> Person {
    Person { user: nth(JOHN), session: nth(JOHNS_SESSION), organization: None }
}

fn johns_session() -> Session {
    let auth_time = NOON - TimeDelta::hours(3);
    Session {
        auth_time,
        factors: Factors::of([Factor::Password, Factor::Totp]),
        ..session(nth(JOHNS_SESSION), nth(JOHN))
    }
}

fn authorization() -> Guard {
    Guard::Authorization { organization: nth(ACME), version: 7 }
}

/// What both ways have in common: the invitation used, a member, a session in Acme.
fn assert_joins(changes: &[Change], joined: &Joined) {
    let [
        Change::Tenancy(tenancy::Change::Invitation(used_up)),
        Change::Tenancy(tenancy::Change::Member(Write::Add(added))),
        Change::Identity(identity::Change::Session(Write::Add(session))),
        Change::Identity(identity::Change::RefreshToken(Write::Add(_))),
    ] = changes
    else {
        panic!("{changes:#?}")
    };
    assert_eq!(*used_up, Write::Save { expected: invitation(), next: used() });
    let expected = Member {
        organization: nth(ACME),
        user: joined.signed_in.user.id,
        role: RoleKey::MEMBER,
        status: MemberStatus::Active,
        joined_at: NOON,
        version: 0,
    };
    assert_eq!(*added, expected);
    assert_eq!((session.user, session.organization), (expected.user, Some(nth(ACME))));
    assert_eq!(joined.organization, OrganizationView::of(&tenancy::testing::acme(nth(ACME))));
    let signed = format!("{} {} {} member", expected.user, session.id, expected.organization);
    assert_eq!(joined.signed_in.access_token.expose(), signed);
}

fn is_invalid(answer: &Result<Joined, Error>) -> bool {
    matches!(answer, Err(Error::Tenancy(tenancy::Error::InvitationInvalid)))
}

#[tokio::test]
async fn a_new_user_registers_joins_and_is_signed_in_as_one_unit() {
    let world = World::default();
    let joined = world.accept_as_new().await.unwrap();
    let unit = world.store.only();
    assert_eq!(unit.guards, [authorization()]);
    let [Change::Identity(identity::Change::User(Write::Add(user))), rest @ ..] = unit.changes.as_slice() else {
        panic!("{unit:#?}")
    };
    assert_eq!((user.email.as_str(), user.username.as_str()), ("user@example.com", "newcomer"));
    // The mailed token proved the address, so no mail asks for it.
    assert_eq!((user.verified_at, unit.evidence.mail.len()), (Some(NOON), 0));
    assert_eq!(user.password, Some(PlainHasher::of("SecurePass123!")));
    assert_eq!(user.id, joined.signed_in.user.id);
    assert_joins(rest, &joined);
    let actions: Vec<_> = unit.evidence.audit.iter().map(|it| (it.action, it.organization)).collect();
    let expected = ["user.created", "invitation.accepted", "member.added", "session.started"];
    assert_eq!(actions, expected.map(|it| (it, Some(nth(ACME)))));
}

#[tokio::test]
async fn the_signed_in_user_it_was_sent_to_joins() {
    let world = World { users: vec![john()], ..World::default() };
    let joined = world.accept_as_john().await.unwrap();
    let unit = world.store.only();
    assert_eq!(unit.guards, [authorization(), Guard::User { user: nth(JOHN), version: 1 }]);
    assert_joins(&unit.changes, &joined);
    let actor = Actor::User { id: nth(JOHN), session: joined.signed_in.session };
    assert!(unit.evidence.audit.iter().all(|it| it.actor == actor));
}

#[tokio::test]
async fn case_makes_no_other_address() {
    let email = EmailAddress::parse("User@EXAMPLE.com").unwrap();
    let world = World { users: vec![User { email, ..john() }], ..World::default() };
    assert!(world.accept_as_john().await.is_ok());
}

#[tokio::test]
async fn it_is_for_the_address_it_was_sent_to() {
    let email = EmailAddress::parse("other@example.com").unwrap();
    let world = World { users: vec![User { email, ..john() }], ..World::default() };
    assert!(matches!(world.accept_as_john().await, Err(Error::Tenancy(tenancy::Error::AnotherAddress))));
    world.writes_nothing();
}

#[tokio::test]
async fn an_existing_users_address_must_be_proved() {
    let world = World { users: vec![User { verified_at: None, ..john() }], ..World::default() };
    assert!(matches!(world.accept_as_john().await, Err(Error::EmailNotVerified)));
    world.writes_nothing();
}

#[tokio::test]
async fn who_may_not_act_does_not_join() {
    let gone = World::default();
    let stopped = World { users: vec![User { status: UserStatus::Suspended, ..john() }], ..World::default() };
    for world in [gone, stopped] {
        assert!(matches!(world.accept_as_john().await, Err(Error::TokenInvalid)));
        world.writes_nothing();
    }
}

#[tokio::test]
async fn a_member_does_not_join_again() {
    for already in [member(JOHN, RoleKey::MEMBER), suspended(JOHN, RoleKey::MEMBER)] {
        let members = vec![member(INVITER, RoleKey::ADMIN), already];
        let world = World { users: vec![john()], members, ..World::default() };
        assert!(matches!(world.accept_as_john().await, Err(Error::Tenancy(tenancy::Error::AlreadyMember))));
        world.writes_nothing();
    }
}

#[tokio::test]
async fn what_is_unknown_used_taken_back_or_too_old_is_invalid_either_way() {
    let other_token = {
        let act = act();
        let _ = act.token();
        act.token()
    };
    let bad = [
        Invitation { token: other_token.hash(), ..invitation() },
        used(),
        Invitation { status: InvitationStatus::Cancelled, ..invitation() },
        Invitation { expires_at: NOON, ..invitation() },
        Invitation { organization: nth(61), ..invitation() },
        // The key it was made with is revoked; the role is gone.
        Invitation { key: Some(nth(7)), ..invitation() },
        Invitation { role: RoleKey::parse("gone").unwrap(), ..invitation() },
    ];
    for invitation in bad {
        let world = World { users: vec![john()], ..World::inviting(invitation.clone()) };
        assert!(is_invalid(&world.accept_as_john().await), "{invitation:?}");
        world.writes_nothing();
        let world = World::inviting(invitation.clone());
        assert!(is_invalid(&world.accept_as_new().await), "{invitation:?}");
        world.writes_nothing();
    }
    let until_the_end = Invitation { expires_at: NOON + TimeDelta::microseconds(1), ..invitation() };
    assert!(World::inviting(until_the_end).accept_as_new().await.is_ok());
}

#[tokio::test]
async fn an_inviter_who_lost_the_right_invites_nobody() {
    let lost = [vec![], vec![suspended(INVITER, RoleKey::ADMIN)], vec![member(INVITER, RoleKey::MEMBER)]];
    for members in lost {
        let world = World { members, ..World::default() };
        assert!(is_invalid(&world.accept_as_new().await));
        world.writes_nothing();
    }
    // An admin may invite, but no longer as what an owner could.
    let world = World::inviting(Invitation { role: RoleKey::OWNER, ..invitation() });
    assert!(is_invalid(&world.accept_as_new().await));
    let world = World {
        members: vec![member(INVITER, RoleKey::OWNER)],
        ..World::inviting(Invitation { role: RoleKey::OWNER, ..invitation() })
    };
    assert_eq!(world.accept_as_new().await.unwrap().signed_in.user.role, Some(RoleKey::OWNER));
}

#[tokio::test]
async fn who_has_an_account_must_sign_in_first() {
    let taken = |it: &Result<Joined, Error>| matches!(it, Err(Error::Identity(identity::Error::EmailTaken)));
    let world = World { users: vec![john()], ..World::default() };
    assert!(taken(&world.accept_as_new().await));
    world.writes_nothing();
    let store = Arc::new(Units::failing([CommitError::Taken(Taken("email"))]));
    assert!(taken(&World { store, ..World::default() }.accept_as_new().await));
}

#[tokio::test]
async fn a_new_user_must_give_what_a_user_has() {
    const EASY: &str = "The password field is too common or too easy to guess; a longer one helps.";
    let cases: [(AcceptInput, &[(&str, &str)]); 3] = [
        (
            AcceptInput { username: None, password: None, ..as_new() },
            &[("password", "The password field is required."), ("username", "The username field is required.")],
        ),
        (AcceptInput { password: None, ..as_new() }, &[("password", "The password field is required.")]),
        (AcceptInput { password: Some(Secret::new("Acme-2026-Acme!")), ..as_new() }, &[("password", EASY)]),
    ];
    for (input, expected) in cases {
        let world = World::default();
        let Err(Error::Identity(identity::Error::Invalid(problems))) = world.accept(input).await else { panic!() };
        let told: Vec<_> = problems.iter().map(|(field, sentences)| (field, sentences.join(" "))).collect();
        let expected: Vec<_> = expected.iter().map(|(field, sentence)| (*field, (*sentence).to_owned())).collect();
        assert_eq!(told, expected);
        world.writes_nothing();
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_at_the_same_time_the_later_finds_it_used() {
    let stale = || Arc::new(Units::failing([CommitError::Stale]));
    let world = World { store: stale(), invitations: vec![invitation(), invitation(), used()], ..World::default() };
    assert!(is_invalid(&world.accept_as_new().await));
    assert_eq!(world.store.all().len(), 1);

    let world =
        World { store: stale(), invitations: vec![invitation(), used()], users: vec![john()], ..World::default() };
    assert!(is_invalid(&world.accept_as_john().await));
    assert_eq!(world.store.all().len(), 1);
}

#[tokio::test]
async fn an_inviter_whose_account_is_stopped_invites_nobody() {
    let stopped = [UserStatus::Suspended, UserStatus::Deleted].map(|status| Some(User { status, ..inviter() }));
    for inviter in stopped.into_iter().chain([None]) {
        let world = World { inviter, ..World::default() };
        assert!(is_invalid(&world.accept_as_new().await));
        world.writes_nothing();
    }
}

#[tokio::test]
async fn a_signed_in_user_who_joins_has_given_no_factor_by_it_and_a_new_one_has() {
    let proved = |world: &World| {
        let changes = world.store.only().changes;
        let session = changes.into_iter().find_map(|it| match it {
            Change::Identity(identity::Change::Session(Write::Add(it))) => Some((it.auth_time, it.factors)),
            _ => None,
        });
        session.unwrap()
    };
    let world = World { users: vec![john()], ..World::default() };
    world.accept_as_john().await.unwrap();
    assert_eq!(proved(&world), (johns_session().auth_time, johns_session().factors));
    let world = World::default();
    world.accept_as_new().await.unwrap();
    assert_eq!(proved(&world), (NOON, Factors::of([Factor::Password])));
}

#[tokio::test]
async fn who_has_left_their_session_joins_nothing() {
    for session in [None, Some(Session { ended_at: Some(NOON), ..johns_session() })] {
        let world = World { users: vec![john()], session, ..World::default() };
        assert!(matches!(world.accept_as_john().await, Err(Error::TokenInvalid)));
        world.writes_nothing();
    }
}
