use std::sync::Mutex;

use chrono::TimeDelta;
use identity::ports::{
    Admission, MockAttempts, MockIdentities, MockPasskeys, MockStandings, MockTotps, MockUsers, Sessions,
};
use identity::testing::{FixedSettings, arrived, johndoe, session};
use identity::{CheckPasskey, Factors, Gate, Provider, ProviderIdentity, Session, Totp};
use kernel::testing::{NOON, Units, act, nth};
use kernel::{EmailAddress, Fault, Guard, MockEphemeral, Outcome, RoleKey, Secret, Time, Token, Write};
use tenancy::ports::MockInvitations;

use super::*;
use crate::testing::{ACME, INVITER, JOHN, JOHNS_SESSION, member, node, organizations, sessions, tokens};

mod linking;
mod newcomers;

/// What the world holds; by default John, whose address is proved, and who is linked nowhere.
struct World {
    store: Arc<Units<Change>>,
    users: Vec<User>,
    identities: Vec<ProviderIdentity>,
    totp: Option<Totp>,
    session: Option<Session>,
    invitations: Vec<tenancy::Invitation>,
    /// How often codes were begun and withdrawn.
    counted: Arc<Mutex<(u32, u32)>>,
}

impl Default for World {
    fn default() -> Self {
        let inviter = User { email: address("inviter@example.com"), ..johndoe(nth(INVITER)) };
        Self {
            store: Arc::default(),
            users: vec![johndoe(nth(JOHN)), inviter],
            identities: vec![],
            totp: None,
            session: Some(Session { auth_time: NOON - TimeDelta::hours(3), ..session(nth(JOHNS_SESSION), nth(JOHN)) }),
            invitations: vec![],
            counted: Arc::default(),
        }
    }
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

impl World {
    /// John's account is like this.
    fn john(john: User) -> Self {
        let mut world = Self::default();
        world.users[0] = john;
        world
    }

    fn linked_to(self, user: u64, provider: Provider) -> Self {
        Self { identities: [self.identities, vec![identity(user, provider)]].concat(), ..self }
    }

    /// John's codes are asked for.
    fn with_mfa(self) -> Self {
        Self { totp: Some(totp()), ..self }
    }

    fn sessions(&self) -> Arc<dyn Sessions> {
        sessions(self.session.clone())
    }

    fn second(&self) -> CheckSecondFactor {
        let mut totps = MockTotps::new();
        let totp = self.totp.clone();
        totps.expect_of().returning(move |user| Ok(totp.clone().filter(|it| it.user == user)));
        let mut attempts = MockAttempts::new();
        let counted = Arc::clone(&self.counted);
        attempts.expect_begin().returning(move |_, _, _| {
            let mut counted = counted.lock().unwrap();
            counted.0 += 1;
            Ok(if counted.0 > 5 { Admission::Locked } else { Admission::Counted(counted.0) })
        });
        let counted = Arc::clone(&self.counted);
        attempts.expect_withdraw().returning(move |_| {
            counted.lock().unwrap().1 += 1;
            Ok(())
        });
        let (ephemeral, passkeys) = (Arc::new(MockEphemeral::new()), Arc::new(MockPasskeys::new()));
        CheckSecondFactor {
            totps: Arc::new(totps),
            attempts: Arc::new(attempts),
            passkeys: Arc::new(CheckPasskey { ceremonies: None, ephemeral, passkeys }),
            gate: Gate::default(),
        }
    }

    fn use_case(&self) -> ProviderSignIn {
        let mut identities = MockIdentities::new();
        let all = self.identities.clone();
        identities.expect_by_subject().returning(move |issuer, subject| {
            Ok(all.iter().find(|it| it.issuer == issuer && it.subject == subject).cloned())
        });
        let all = self.identities.clone();
        identities.expect_of().returning(move |user| Ok(all.iter().filter(|it| it.user == user).cloned().collect()));
        let standings = || {
            let mut standings = MockStandings::new();
            standings.expect_of().returning(|_, _| Ok(None));
            Arc::new(standings)
        };
        let mut invitations = MockInvitations::new();
        let all = self.invitations.clone();
        invitations.expect_by_token().returning(move |token| Ok(all.iter().find(|it| it.token == *token).cloned()));
        let all = self.invitations.clone();
        invitations
            .expect_open_for()
            .returning(move |email, _| Ok(all.iter().filter(|it| it.email.key() == email.key()).cloned().collect()));
        let users = crate::testing::users(self.users.clone());
        let settings = Arc::new(FixedSettings::default());
        ProviderSignIn {
            store: Arc::<Units<Change>>::clone(&self.store),
            users: Arc::clone(&users),
            identities: Arc::new(identities),
            second: Arc::new(self.second()),
            doorway: Arc::new(Doorway {
                standings: standings(),
                sessions: self.sessions(),
                tokens: tokens(),
                settings: Arc::<FixedSettings>::clone(&settings),
            }),
            renewal: Arc::new(Renewal { sessions: self.sessions(), standings: standings(), tokens: tokens() }),
            joining: Arc::new(Joining {
                invitations: Arc::new(invitations),
                organizations: organizations(),
                users,
                keys: Arc::new(crate::testing::keys_there(vec![])),
                node: node(vec![member(INVITER, RoleKey::ADMIN)]),
                tokens: tokens(),
            }),
            settings,
        }
    }

    async fn run(
        &self,
        purpose: FlowPurpose,
        account: ProviderAccount,
        code: Option<&str>,
    ) -> Result<ProviderOutcome, Error> {
        let second = SecondFactor { totp_code: code.map(Secret::new), ..SecondFactor::default() };
        self.use_case().run(&act(), &arrived(purpose, account), &second).await
    }

    async fn sign_in(&self, account: ProviderAccount) -> Result<ProviderOutcome, Error> {
        self.run(signing_in(None), account, None).await
    }

    fn identity_changes(&self) -> Vec<identity::Change> {
        let changes = self.store.only().changes.into_iter();
        changes.filter_map(|it| if let Change::Identity(it) = it { Some(it) } else { None }).collect()
    }

    /// The session that was begun.
    fn opened(&self) -> Session {
        let mut begun = self.identity_changes().into_iter().filter_map(|it| match it {
            identity::Change::Session(Write::Add(it)) => Some(it),
            _ => None,
        });
        begun.next().unwrap()
    }

    /// Who was linked to what.
    fn linked(&self) -> Vec<(UserId, String)> {
        let linked = self.identity_changes().into_iter().filter_map(|it| match it {
            identity::Change::Identity(Write::Add(it)) => Some((it.user, it.subject)),
            _ => None,
        });
        linked.collect()
    }

    fn written(&self) -> Vec<(&'static str, Outcome)> {
        let entries = self.store.all().into_iter().flat_map(|it| it.evidence.audit);
        entries.map(|it| (it.action, it.outcome)).collect()
    }

    fn mailed(&self) -> Vec<&'static str> {
        self.store.all().into_iter().flat_map(|it| it.evidence.mail).map(|it| it.template).collect()
    }

    fn changed_nothing(&self) {
        assert!(self.store.all().iter().all(|it| it.changes.is_empty()));
    }

    fn wrote_nothing(&self) {
        assert_eq!(self.store.all(), []);
    }
}

fn issuer(provider: Provider) -> String {
    format!("https://{}.test", provider.as_str())
}

/// The account 4711 there, which tells John's address and proves it where it can.
fn account(provider: Provider) -> ProviderAccount {
    ProviderAccount {
        provider,
        issuer: issuer(provider),
        subject: "4711".to_owned(),
        email: Some(address("User@Example.com")),
        email_verified: true,
        auth_time: Some(NOON),
    }
}

fn identity(user: u64, provider: Provider) -> ProviderIdentity {
    ProviderIdentity {
        id: nth(90),
        user: nth(user),
        provider,
        issuer: issuer(provider),
        subject: "4711".to_owned(),
        email: Some(address("once@example.com")),
        created_at: NOON,
        version: 1,
    }
}

fn totp() -> Totp {
    Totp {
        user: nth(JOHN),
        // RFC 6238, appendix B.
        secret: Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
        recovery_codes: vec![],
        confirmed_at: Some(NOON),
        last_step: 0,
        created_at: NOON,
        version: 4,
    }
}

/// What makes codes wrong, or used: whatever it is given, this code is right.
const CODE_AT: (i64, &str) = (2_000_000_000, "279037");

fn signing_in(invitation: Option<&Token>) -> FlowPurpose {
    let invitation = invitation.map(|it| Invitation(it.secret().clone()));
    FlowPurpose::SignIn { invitation, organization: None }
}

fn user_guard() -> Guard {
    Guard::User { user: nth(JOHN), version: 1 }
}

#[tokio::test]
async fn who_is_linked_is_signed_in_whatever_address_is_told() {
    for provider in [Provider::Google, Provider::Microsoft] {
        for email in [None, Some(address("other@example.com")), Some(address("inviter@example.com"))] {
            let world = World::default().linked_to(JOHN, provider);
            let outcome = world.sign_in(ProviderAccount { email, ..account(provider) }).await.unwrap();
            let ProviderOutcome::SignedIn(signed_in) = outcome else { panic!() };
            assert_eq!((signed_in.user.id, world.opened().user), (nth(JOHN), nth(JOHN)));
            assert_eq!(signed_in.user.email, address("user@example.com"), "and nothing of theirs changes");
            assert_eq!(world.opened().factors, Factors::of([Factor::Provider]));
            assert_eq!(world.store.only().guards, [user_guard()]);
            assert_eq!((world.linked(), world.mailed()), (vec![], vec![]));
        }
    }
}

#[tokio::test]
async fn the_subject_of_another_issuer_is_somebody_else() {
    let elsewhere =
        ProviderAccount { issuer: "https://other.test".into(), email: None, ..account(Provider::Microsoft) };
    let world = World::default().linked_to(JOHN, Provider::Microsoft);
    let outcome = world.sign_in(elsewhere).await;
    assert!(matches!(outcome, Err(Error::Identity(identity::Error::RegistrationClosed))));
}

#[tokio::test]
async fn who_may_not_act_is_not_signed_in() {
    for status in [UserStatus::Suspended, UserStatus::Deleted] {
        let world = World::john(User { status, ..johndoe(nth(JOHN)) });
        for (world, linked) in [
            (World { store: Arc::default(), users: world.users.clone(), ..World::default() }, false),
            (world.linked_to(JOHN, Provider::Google), true),
        ] {
            let error = world.sign_in(account(Provider::Google)).await.unwrap_err();
            match error {
                Error::Identity(identity::Error::ProofInvalid) => assert!(linked),
                Error::Identity(identity::Error::NotLinked) => assert!(!linked),
                other => panic!("{other:?}"),
            }
            assert!(world.store.all().iter().all(|it| it.changes.is_empty()));
        }
    }
}

#[tokio::test]
async fn who_is_unlinked_while_the_user_is_read_is_not_signed_in() {
    let world = World::default().linked_to(JOHN, Provider::Google);
    let mut identities = MockIdentities::new();
    let mut reads = vec![Some(identity(JOHN, Provider::Google)), None];
    identities.expect_by_subject().returning(move |_, _| Ok(reads.remove(0)));
    let use_case = ProviderSignIn { identities: Arc::new(identities), ..world.use_case() };
    let arrived = arrived(signing_in(None), account(Provider::Google));
    let outcome = use_case.run(&act(), &arrived, &SecondFactor::default()).await;
    assert!(matches!(outcome, Err(Error::Identity(identity::Error::ProofInvalid))));
}

#[tokio::test]
async fn a_second_factor_is_asked_for_as_after_a_password() {
    let world = World::default().linked_to(JOHN, Provider::Google).with_mfa();
    let enter = async |code| world.run(signing_in(None), account(Provider::Google), code).await;
    assert!(matches!(enter(None).await, Err(Error::Identity(identity::Error::MfaRequired))));
    assert!(matches!(enter(Some("000000")).await, Err(Error::Identity(identity::Error::MfaInvalid))));
    assert_eq!(
        world.written(),
        [("mfa.refused", Outcome::Refused("mfa_required")), ("mfa.refused", Outcome::Refused("wrong_code"))]
    );
    assert!(world.store.all().iter().all(|it| it.changes.is_empty()), "there is no session");
    assert_eq!(*world.counted.lock().unwrap(), (1, 0));
}

#[tokio::test]
async fn a_right_code_signs_in_once() {
    let (at, code) = (NOON.timestamp(), CODE_AT);
    let at = act().at + TimeDelta::seconds(code.0 - at);
    let world = World::default().linked_to(JOHN, Provider::Google).with_mfa();
    let second = SecondFactor { totp_code: Some(Secret::new(code.1)), ..SecondFactor::default() };
    let arrived = arrived(signing_in(None), account(Provider::Google));
    world.use_case().run(&Act { at, ..act() }, &arrived, &second).await.unwrap();
    assert_eq!(world.opened().factors, Factors::of([Factor::Provider, Factor::Totp]));
    let used = Totp { last_step: code.0 / 30, ..totp() };
    let spent = identity::Change::Totp(Write::Save { expected: totp(), next: used.clone() });
    assert!(world.identity_changes().contains(&spent));

    let again = World { totp: Some(used), ..World::default().linked_to(JOHN, Provider::Google) };
    let outcome = again.use_case().run(&Act { at, ..act() }, &arrived, &second).await;
    assert!(matches!(outcome, Err(Error::Identity(identity::Error::MfaUsed))));
    assert_eq!(*again.counted.lock().unwrap(), (1, 1), "and is no guess");
}

/// John's account is a day old, and the provider saw him then.
async fn proved_at(auth_time: Option<Time>, second: bool) -> Time {
    let john = User { created_at: NOON - TimeDelta::days(1), ..johndoe(nth(JOHN)) };
    let world = World::john(john).linked_to(JOHN, Provider::Google);
    let world = if second { world.with_mfa() } else { world };
    let at = NOON + TimeDelta::seconds(CODE_AT.0 - NOON.timestamp());
    let code = second.then(|| Secret::new(CODE_AT.1));
    let second = SecondFactor { totp_code: code, ..SecondFactor::default() };
    let arrived = arrived(signing_in(None), ProviderAccount { auth_time, ..account(Provider::Google) });
    world.use_case().run(&Act { at, ..act() }, &arrived, &second).await.unwrap();
    world.opened().auth_time
}

#[tokio::test]
async fn a_sign_in_is_as_fresh_as_the_provider_says_and_a_second_factor_is_of_now() {
    let now = NOON + TimeDelta::seconds(CODE_AT.0 - NOON.timestamp());
    let (hour, moment) = (TimeDelta::hours(1), TimeDelta::microseconds(1));
    for (auth_time, second, proved) in [
        (None, false, NOON - TimeDelta::days(1)),
        (Some(now - hour), false, now - hour),
        (Some(now + moment), false, now),
        (Some(now - hour), true, now),
        (None, true, now),
    ] {
        assert_eq!(proved_at(auth_time, second).await, proved, "{auth_time:?} {second}");
    }
}

#[tokio::test]
async fn a_fault_counts_for_nobody() {
    let store = Arc::new(Units::failing([kernel::CommitError::Fault(Fault::Contended)]));
    let world = World { store, ..World::default().linked_to(JOHN, Provider::Google).with_mfa() };
    let outcome = world.run(signing_in(None), account(Provider::Google), Some("000000")).await;
    assert!(outcome.is_err());
    assert_eq!(*world.counted.lock().unwrap(), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn who_is_suspended_before_the_commit_is_not_signed_in() {
    let store = Arc::new(Units::failing([kernel::CommitError::Stale]));
    let world = World { store, ..World::default().linked_to(JOHN, Provider::Google) };
    let suspended = User { status: UserStatus::Suspended, version: 2, ..johndoe(nth(JOHN)) };
    let mut reads = vec![johndoe(nth(JOHN)), johndoe(nth(JOHN)), suspended];
    let mut users = MockUsers::new();
    users.expect_by_id().returning(move |_| Ok(Some(reads.remove(0))));
    let use_case = ProviderSignIn { users: Arc::new(users), ..world.use_case() };
    let arrived = arrived(signing_in(None), account(Provider::Google));
    let outcome = use_case.run(&act(), &arrived, &SecondFactor::default()).await;
    assert!(matches!(outcome, Err(Error::Identity(identity::Error::ProofInvalid))));
}
