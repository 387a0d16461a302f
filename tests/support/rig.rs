use std::future::Future;
use std::sync::Arc;

use accounts::{KeyCache, LiveSettings, Node};
use adapter_crypto::{AesSealer, CheckpointSigner, HmacLeafSealer, MasterKey, Purpose, RandomIds, SystemClock};
use adapter_postgres::{Database, PgStore, Sequencer};
use audit::{CheckLog, Notary};
use identity::rules::{NewUser, Proof};
use identity::{Factor, KeyPrefixes, Lifetimes, PasswordHash, Session, Settings, Standing, Term, User, Username};
use kernel::{
    Act, Actor, Clock, EmailAddress, Id, Ids, OrganizationId, RoleKey, Secret, Slug, Store, Token, UnitOfWork, UserId,
    Write,
};
use rbac::SnapshotCache;
use tenancy::{Member, MemberStatus, Organization, OrganizationName};

use super::database::TestDatabase;
use super::race;

/// Two nodes' stores on one database, each with a pool of its own.
pub struct Rig {
    pub database: TestDatabase,
    pub pools: [Arc<Database>; 2],
    pub stores: [PgStore; 2],
    pub nodes: [Arc<Node>; 2],
    ids: Arc<RandomIds>,
}

impl Rig {
    pub async fn new() -> Self {
        let database = TestDatabase::new().await;
        let ids = Arc::new(RandomIds::default());
        let (first, one, this) = store(&database, &ids, &[SECRET]).await;
        let (second, two, that) = store(&database, &ids, &[SECRET]).await;
        Self { database, pools: [first, second], stores: [one, two], nodes: [this, that], ids }
    }

    /// A third node, which begins now.
    pub async fn another_store(&self) -> PgStore {
        store(&self.database, &self.ids, &[SECRET]).await.1
    }

    /// A third node, which seals under another secret and opens what was sealed under these.
    pub async fn store_sealing(&self, secret: &'static str, previous: &[&'static str]) -> PgStore {
        store(&self.database, &self.ids, &[&[secret], previous].concat()).await.1
    }

    pub fn act(&self) -> Act {
        let mut act = Act::of_system(SystemClock.now(), self.ids.clone());
        act.actor = Actor::Nobody;
        act.agent = Some("contract test".to_owned());
        act
    }

    /// `tasks` at once, taking the stores in turn; their answers.
    pub async fn race<T, F>(&self, tasks: usize, what: impl Fn(usize, PgStore) -> F) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        race(tasks, |i| what(i, self.stores[i % 2].clone())).await
    }

    pub fn new_user(&self, name: &str) -> NewUser {
        NewUser {
            id: UserId::from(self.ids.uuid(SystemClock.now())),
            email: EmailAddress::parse(&format!("{name}@example.com")).expect("a good address"),
            username: Username::parse(name).expect("a good name"),
            password: Some(PasswordHash(Secret::new("$argon2id$none"))),
            verified: false,
            administrator: false,
        }
    }

    /// A user, as the store holds it.
    pub async fn user(&self, name: &str) -> User {
        let (unit, user) = identity::rules::register(&self.act(), self.new_user(name), &Lifetimes::default());
        self.stores[0].commit(unit).await.expect("a user can be added");
        self.reload(user.id).await
    }

    pub async fn reload(&self, user: UserId) -> User {
        use identity::ports::Users;
        self.pools[0].by_id(user).await.expect("users can be read").expect("the user is there")
    }

    /// A session with its refresh token.
    pub async fn session(&self, user: &User) -> (Session, Token) {
        self.open(user, None, Term::Usual).await
    }

    pub async fn open(&self, user: &User, standing: Option<&Standing>, term: Term) -> (Session, Token) {
        let act = self.act();
        let proof = Proof::now(&act, [Factor::Password]);
        let (unit, opened) =
            identity::rules::start_session(proof, &act, act.id(), user, standing, term, &Lifetimes::default());
        self.stores[0].commit(unit).await.expect("a session can begin");
        (opened.session, opened.refresh_token)
    }

    pub async fn organization(&self, slug: &str, owner: UserId) -> Organization {
        let name = OrganizationName::parse(slug).expect("a good name");
        let (unit, founded) = tenancy::rules::found(&self.act(), name, Slug::parse(slug).expect("a good slug"), owner);
        self.stores[0].commit(unit).await.expect("an organization can be founded");
        founded.organization
    }

    /// The user as a member of the organization, in this status.
    pub async fn join(&self, organization: OrganizationId, user: UserId, status: MemberStatus) {
        let act = self.act();
        let member = Member { organization, user, role: RoleKey::MEMBER, status, joined_at: act.at, version: 0 };
        let unit = UnitOfWork::<tenancy::Change>::of(&act, &tenancy::Action::MemberAdded { organization, user });
        let unit = unit.change(tenancy::Change::Member(Write::Add(member)));
        self.stores[0].commit(unit).await.expect("a member can be added");
    }

    /// What takes up entries on one of the nodes.
    pub fn sequencer(&self, node: usize) -> Sequencer {
        Sequencer::new(self.pools[node % 2].as_ref().clone(), notary(SECRET, &[]), Arc::new(leaves(&[SECRET])))
    }

    /// As [`Rig::sequencer`], under the first of these secrets, knowing the others.
    pub fn sequencer_under(&self, secrets: &[&'static str]) -> Sequencer {
        let notary = notary(secrets[0], &secrets[1..]);
        Sequencer::new(self.pools[0].as_ref().clone(), notary, Arc::new(leaves(secrets)))
    }

    pub fn check_log(&self) -> CheckLog {
        let signatories = notary(SECRET, &[]).signatories();
        CheckLog { log: self.pools[0].clone(), sealer: Some(Arc::new(leaves(&[SECRET]))), signatories }
    }

    pub async fn authorization_version(&self, organization: OrganizationId) -> i64 {
        use rbac::ports::Authorizations;
        self.pools[0].version(organization).await.expect("versions can be read").expect("it is there")
    }

    pub async fn count(&self, table: &str) -> i64 {
        self.database.count(&format!("SELECT count(*) FROM {table}")).await
    }

    /// Rows of everything a unit can leave.
    pub async fn everything(&self) -> Vec<(&'static str, i64)> {
        let mut counts = Vec::new();
        for table in TABLES {
            counts.push((*table, self.count(table).await));
        }
        counts
    }
}

const TABLES: &[&str] = &[
    "users",
    "sessions",
    "refresh_tokens",
    "mailed_tokens",
    "mail_requests",
    "login_failures",
    "settings",
    "signing_keys",
    "totps",
    "passkeys",
    "provider_identities",
    "keys",
    "organizations",
    "members",
    "audit_entries",
    "audit_personal",
    "audit_waiting",
    "events",
    "mails",
    "remembered",
];

/// Under what the stores seal.
pub const SECRET: &str = "9f2c1f0be3a7d45860712bd94c8e55aa61d0b3f7";

/// Signs under this secret, and knows what was signed under those.
pub fn notary(secret: &'static str, former: &[&'static str]) -> Notary {
    let key = |secret: &'static str| {
        MasterKey::parse(&Secret::new(secret)).expect("a good secret").derive(Purpose::Checkpoints)
    };
    let former: Vec<_> = former.iter().map(|it| key(it)).collect();
    let signer = CheckpointSigner::new(&key(secret), &former).expect("a good key");
    Notary { origin: "example.com/audit".to_owned(), signer: Arc::new(signer) }
}

/// Seals under the first of the secrets, and opens what was sealed under the others.
async fn store(
    database: &TestDatabase,
    ids: &Arc<RandomIds>,
    secrets: &[&'static str],
) -> (Arc<Database>, PgStore, Arc<Node>) {
    let pool = Arc::new(Database::connect(&database.url, 8).await.expect("the test's database answers"));
    let clock = Arc::new(SystemClock);
    let snapshots = SnapshotCache::new(pool.clone(), 10_000);
    let settings = LiveSettings::new(pool.clone(), Settings::default());
    let keys = KeyCache::new(pool.clone(), KeyPrefixes::default(), 100);
    let node = Arc::new(Node::new(snapshots, pool.clone(), settings, keys, clock.clone()));
    let master = |secret: &&'static str| MasterKey::parse(&Secret::new(*secret)).expect("a good secret");
    let sealing: Vec<_> = secrets.iter().map(|it| master(it).derive(Purpose::Sealing)).collect();
    let sealer = Arc::new(AesSealer::new(&sealing[0], &sealing[1..], ids.clone()));
    let store = PgStore::new(pool.as_ref().clone(), sealer, Arc::new(leaves(secrets)), node.clone(), clock);
    (pool, store, node)
}

/// Seals what waits for the log under the first of the secrets, and knows what was sealed under the others.
fn leaves(secrets: &[&'static str]) -> HmacLeafSealer {
    let key =
        |secret: &&'static str| MasterKey::parse(&Secret::new(*secret)).expect("a good secret").derive(Purpose::Leaves);
    let keys: Vec<_> = secrets.iter().map(key).collect();
    HmacLeafSealer::new(&keys[0], &keys[1..])
}

/// The bare value of an id.
pub fn uuid(id: impl Id) -> uuid::Uuid {
    id.uuid()
}
