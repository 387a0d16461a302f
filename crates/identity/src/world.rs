//! The world that this crate's tests share: one user, John, `nth(50)`, in his session `nth(51)`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kernel::testing::{NOON, Units, nth};
use kernel::{EmailAddress, Fault, Outcome, RoleKey, Secret, SessionId, Store, Time, UserId};

use crate::model::{Lockout, Passkey, ProviderIdentity, Session, Settings, Standing, Totp, User};
use crate::ports::{
    AccessTokens, Admission, Attempts, CurrentSettings, Guessed, Identities, MailAllowances, MockAccessTokens,
    MockIdentities, MockMailAllowances, MockPasskeys, MockSessions, MockStandings, MockTotps, Passkeys, PasswordHasher,
    Sessions, Standings, Totps, Users,
};
use crate::testing::{FixedSettings, PlainHasher, johndoe, session};
use crate::{Change, CheckPasskey, CheckPassword, CheckSecondFactor, Doorway, Gate, LogIn, Renewal, StepUp};

mod factors;

pub use factors::{CHALLENGE, SoftCeremonies, Waiting, code, passkey, recovery_code, response, seconds, totp};

pub const PASSWORD: &str = "SecurePass123!";

/// What a test reads and writes.
pub struct World {
    pub store: Arc<Units<Change>>,
    pub people: Arc<People>,
    pub tries: Arc<Tries>,
    pub hasher: Arc<dyn PasswordHasher>,
    pub settings: Settings,
    pub standing: Option<Standing>,
    pub session: Option<Session>,
    /// John's, as read one after the other: what is read last stays.
    pub totps: Vec<Option<Totp>>,
    pub passkeys: Vec<Passkey>,
    pub identities: Vec<ProviderIdentity>,
    /// Whether an organization of John's demands more than one factor.
    pub demands_mfa: bool,
    /// Where ceremonies wait.
    pub waiting: Arc<Waiting>,
}

impl World {
    /// These are there, one after the other: what is read last stays.
    pub fn of(states: Vec<Option<User>>) -> Self {
        Self {
            store: Arc::default(),
            people: Arc::new(People(Mutex::new(states))),
            tries: Arc::default(),
            hasher: Arc::new(PlainHasher),
            settings: Settings::default(),
            standing: None,
            session: Some(johns_session()),
            totps: vec![None],
            passkeys: vec![],
            identities: vec![],
            demands_mfa: false,
            waiting: Arc::default(),
        }
    }

    /// John, who is asked for a second factor.
    pub fn john_with_mfa() -> Self {
        Self { totps: vec![Some(totp())], ..Self::john() }
    }

    pub fn john() -> Self {
        Self::of(vec![Some(john())])
    }

    pub fn nobody() -> Self {
        Self::of(vec![None])
    }

    pub fn failing(self, failures: impl IntoIterator<Item = kernel::CommitError>) -> Self {
        Self { store: Arc::new(Units::failing(failures)), ..self }
    }

    pub fn store(&self) -> Arc<dyn Store<Change>> {
        Arc::<Units<Change>>::clone(&self.store)
    }

    pub fn users(&self) -> Arc<dyn Users> {
        Arc::<People>::clone(&self.people)
    }

    pub fn settings(&self) -> Arc<dyn CurrentSettings> {
        Arc::new(FixedSettings(self.settings))
    }

    pub fn check(&self) -> Arc<CheckPassword> {
        Arc::new(CheckPassword {
            store: self.store(),
            users: self.users(),
            attempts: Arc::<Tries>::clone(&self.tries),
            hasher: Arc::clone(&self.hasher),
            settings: self.settings(),
            gate: Gate::default(),
        })
    }

    /// The one session there is; nobody has more than they may.
    pub fn sessions(&self) -> Arc<dyn Sessions> {
        let mut sessions = MockSessions::new();
        let there = self.session.clone();
        sessions.expect_by_id().returning(move |id| Ok(there.clone().filter(|it| it.id == id)));
        sessions.expect_beyond().returning(|_, _, _| Ok(vec![]));
        Arc::new(sessions)
    }

    /// John's one standing, wherever it is looked for.
    pub fn standings(&self) -> Arc<dyn Standings> {
        let mut standings = MockStandings::new();
        let standing = self.standing.clone();
        standings.expect_of().withf(|user, _| *user == nth(50)).returning(move |_, _| Ok(standing.clone()));
        let words = |user: UserId| if user == nth(50) { vec!["Honey Farm".to_owned()] } else { vec![] };
        standings.expect_words_of().returning(move |user| Ok(words(user)));
        let demands = self.demands_mfa;
        standings.expect_demand_mfa().withf(|user| *user == nth(50)).returning(move |_| Ok(demands));
        Arc::new(standings)
    }

    pub fn totps(&self) -> Arc<dyn Totps> {
        let mut totps = MockTotps::new();
        let mut states = self.totps.clone();
        totps.expect_of().returning(move |user| {
            let next = if states.len() > 1 { states.remove(0) } else { states[0].clone() };
            Ok(next.filter(|it| it.user == user))
        });
        Arc::new(totps)
    }

    pub fn passkeys(&self) -> Arc<dyn Passkeys> {
        let mut passkeys = MockPasskeys::new();
        let all = self.passkeys.clone();
        passkeys
            .expect_by_credential()
            .returning(move |credential| Ok(all.iter().find(|it| it.credential == credential).cloned()));
        let all = self.passkeys.clone();
        passkeys.expect_of().returning(move |user| Ok(all.iter().filter(|it| it.user == user).cloned().collect()));
        Arc::new(passkeys)
    }

    pub fn identities(&self) -> Arc<dyn Identities> {
        let mut identities = MockIdentities::new();
        let all = self.identities.clone();
        identities.expect_of().returning(move |user| Ok(all.iter().filter(|it| it.user == user).cloned().collect()));
        Arc::new(identities)
    }

    pub fn check_passkey(&self) -> Arc<CheckPasskey> {
        Arc::new(CheckPasskey {
            ceremonies: Some(Arc::new(SoftCeremonies)),
            ephemeral: Arc::<Waiting>::clone(&self.waiting),
            passkeys: self.passkeys(),
        })
    }

    pub fn second(&self) -> Arc<CheckSecondFactor> {
        Arc::new(CheckSecondFactor {
            totps: self.totps(),
            attempts: Arc::<Tries>::clone(&self.tries),
            passkeys: self.check_passkey(),
            gate: Gate::default(),
        })
    }

    pub fn doorway(&self) -> Doorway {
        Doorway { standings: self.standings(), sessions: self.sessions(), tokens: tokens(), settings: self.settings() }
    }

    pub fn log_in(&self) -> LogIn {
        LogIn { store: self.store(), check: self.check(), second: self.second(), doorway: Arc::new(self.doorway()) }
    }

    pub fn step_up(&self) -> StepUp {
        StepUp {
            store: self.store(),
            users: self.users(),
            check: self.check(),
            second: self.second(),
            passkeys: self.check_passkey(),
            renewal: Arc::new(self.renewal()),
        }
    }

    pub fn renewal(&self) -> Renewal {
        Renewal { sessions: self.sessions(), standings: self.standings(), tokens: tokens() }
    }

    /// What was written, in order: each entry's action and outcome.
    pub fn written(&self) -> Vec<(&'static str, Outcome)> {
        let entries = self.store.all().into_iter().flat_map(|it| it.evidence.audit);
        entries.map(|it| (it.action, it.outcome)).collect()
    }

    /// Templates and addresses of all mails, in order.
    pub fn mailed(&self) -> Vec<(&'static str, String)> {
        let mails = self.store.all().into_iter().flat_map(|it| it.evidence.mail);
        mails.map(|it| (it.template, it.to.as_str().to_owned())).collect()
    }

    pub fn wrote_nothing(&self) {
        assert_eq!(self.store.all(), []);
    }
}

pub fn john() -> User {
    johndoe(nth(50))
}

pub fn johns_session() -> Session {
    session(nth(51), nth(50))
}

pub fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

pub fn admin_of(organization: u64) -> Standing {
    Standing { organization: nth(organization), role: RoleKey::ADMIN, active: true }
}

/// Signs by writing down whom, where, and when a factor was given.
pub fn tokens() -> Arc<dyn AccessTokens> {
    let mut tokens = MockAccessTokens::new();
    tokens.expect_issue().returning(|it| {
        let organization = it.organization.map_or("-".to_owned(), |it| it.to_string());
        let role = it.role.as_ref().map_or("-", RoleKey::as_str);
        Ok(Secret::new(format!(
            "{} {} {organization} {role} {}",
            it.user,
            it.session,
            (it.auth_time - NOON).num_seconds()
        )))
    });
    Arc::new(tokens)
}

/// A token as [`tokens`] makes it for John.
pub fn signed(session: SessionId, organization: Option<u64>, role: &str, auth_time: i64) -> String {
    let user = nth::<UserId>(50);
    let organization = organization.map_or("-".to_owned(), |it| nth::<kernel::OrganizationId>(it).to_string());
    format!("{user} {session} {organization} {role} {auth_time}")
}

/// Asked once for this, of this one; and answers so.
pub fn allowance(what: &'static str, whom: &str, answer: bool) -> Arc<dyn MailAllowances> {
    let mut allowances = MockMailAllowances::new();
    let whom = whom.to_owned();
    allowances
        .expect_spend()
        .times(1)
        .withf(move |asked, of, most, at| (asked, of, *most, *at) == (what, whom.as_str(), 3, NOON))
        .returning(move |_, _, _, _| Ok(answer));
    Arc::new(allowances)
}

/// The one user, as read one after the other.
pub struct People(Mutex<Vec<Option<User>>>);

impl People {
    fn next(&self) -> Option<User> {
        let mut states = self.0.lock().unwrap();
        if states.len() > 1 { states.remove(0) } else { states[0].clone() }
    }
}

#[async_trait]
impl Users for People {
    async fn by_email(&self, email: &EmailAddress) -> Result<Option<User>, Fault> {
        Ok(self.next().filter(|it| it.email.key() == email.key()))
    }

    async fn by_id(&self, id: UserId) -> Result<Option<User>, Fault> {
        Ok(self.next().filter(|it| it.id == id))
    }

    async fn has_administrator(&self, _: Option<UserId>) -> Result<bool, Fault> {
        Ok(self.next().is_some_and(|it| it.administrator))
    }

    async fn to_erase(&self, _before: Time, _most: u8) -> Result<Vec<User>, Fault> {
        unreachable!()
    }
}

/// Counts as the port says, and writes down what it was asked.
#[derive(Default)]
pub struct Tries(Mutex<Counted>);

#[derive(Default)]
struct Counted {
    so_far: HashMap<String, u32>,
    told: Vec<String>,
}

impl Tries {
    /// So many passwords of John's address have been wrong before.
    pub fn after(so_far: u32) -> Arc<Self> {
        Self::so_far(&Guessed::Password(john().email), so_far)
    }

    /// So many codes of John's have been wrong before.
    pub fn after_codes(so_far: u32) -> Arc<Self> {
        Self::so_far(&codes(), so_far)
    }

    fn so_far(guessed: &Guessed, so_far: u32) -> Arc<Self> {
        let so_far = HashMap::from([(guessed.key(), so_far)]);
        Arc::new(Self(Mutex::new(Counted { so_far, told: Vec::new() })))
    }

    pub fn told(&self) -> Vec<String> {
        self.0.lock().unwrap().told.clone()
    }

    /// How many are counted now.
    pub fn count(&self, guessed: &Guessed) -> u32 {
        self.0.lock().unwrap().so_far.get(&guessed.key()).copied().unwrap_or(0)
    }
}

/// What is guessed of John besides his password.
pub fn codes() -> Guessed {
    Guessed::Code(nth(50))
}

#[async_trait]
impl Attempts for Tries {
    async fn begin(&self, guessed: &Guessed, lockout: Lockout, _at: Time) -> Result<Admission, Fault> {
        let mut counted = self.0.lock().unwrap();
        counted.told.push(format!("begin {}", guessed.key()));
        let so_far = counted.so_far.entry(guessed.key()).or_default();
        if *so_far >= lockout.threshold {
            return Ok(Admission::Locked);
        }
        *so_far += 1;
        Ok(Admission::Counted(*so_far))
    }

    async fn withdraw(&self, guessed: &Guessed) -> Result<(), Fault> {
        let mut counted = self.0.lock().unwrap();
        counted.told.push(format!("withdraw {}", guessed.key()));
        *counted.so_far.entry(guessed.key()).or_default() -= 1;
        Ok(())
    }
}
