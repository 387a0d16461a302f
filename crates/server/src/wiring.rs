//! Which adapter stands behind which port.

use std::sync::Arc;

use accounts::{AcceptInvitation, Access, Denials, Node, SignUp, SnapshotAuthority, WhoAmI};
use adapter_crypto::{AesSealer, Argon2Hasher, JwtAccessTokens, Purpose};
use adapter_email::{Composer, FileMailer, SmtpMailer};
use adapter_http::{App, Cursors, Part};
use adapter_outbound::WebhookSender;
use adapter_postgres::{Database, PgStore, migrate};
use async_trait::async_trait;
use entitlements::{Consume, InstallCatalogue, LookUp, Subscribe};
use identity::ports::{AccessTokens, PasswordHasher};
use identity::{LogIn, LogOut, Refresh, Register, VerifyEmail};
use kernel::{Act, Clock, Fault, Ids, Mailer, Sealer, Secret};
use rbac::SnapshotCache;
use tenancy::Invite;
use tokio::sync::Semaphore;
use webhooks::ports::Sender;
use webhooks::{CreateEndpoint, Deliver};

use crate::config::Config;
use crate::secret_key;
use crate::serve::Trouble;
use crate::workers::{self, UnderWay, Workers};

/// Connections of one node.
const POOL: usize = 16;
/// Snapshots one node keeps.
const SNAPSHOTS: usize = 10_000;
/// Deliveries one node tries at a time.
pub const DELIVERIES: u32 = 64;
/// Mails one node sends at a time.
const MAILS: usize = 4;

/// What is served, and what goes on beside it.
pub struct Wired {
    pub app: App,
    pub workers: Workers,
    pub denials: Arc<Denials>,
    /// Free places for deliveries; all of them while none is under way.
    pub deliveries: Arc<Semaphore>,
}

/// Brings the schema up to date, wires everything, and starts the workers.
pub async fn wire(
    config: &Config,
    database_url: &Secret,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
) -> Result<Wired, Trouble> {
    std::fs::create_dir_all(&config.data_dir)?;
    let master = secret_key::load(config.secret_key.as_ref(), &config.data_dir, ids.as_ref())?;
    let sealer: Arc<dyn Sealer> = Arc::new(AesSealer::new(&master.derive(Purpose::Sealing), Arc::clone(&ids)));
    let tokens: Arc<dyn AccessTokens> = Arc::new(JwtAccessTokens::hs256(
        &master.derive(Purpose::AccessTokens),
        &config.jwt_issuer,
        &config.jwt_audience,
    )?);
    let hasher: Arc<dyn PasswordHasher> = Arc::new(Argon2Hasher::new(config.argon2)?);
    let mailer = mailer(config)?;

    migrate(database_url.expose()).await?;
    let database = Arc::new(Database::connect(database_url.expose(), POOL).await?);
    let snapshots = SnapshotCache::new(database.clone(), SNAPSHOTS);
    let node = Arc::new(Node::new(snapshots, database.clone(), Arc::clone(&clock)));
    let store = Arc::new(PgStore::new(database.as_ref().clone(), sealer, node.clone(), Arc::clone(&clock)));

    let install = InstallCatalogue { store: store.clone(), catalogue: database.clone() };
    install.run(&Act::of_system(clock.now(), Arc::clone(&ids))).await?;

    let denials = Arc::new(Denials::new(store.clone()));
    let access = Arc::new(Access {
        tokens: tokens.clone(),
        organizations: database.clone(),
        node: node.clone(),
        denials: denials.clone(),
    });
    let sender: Arc<dyn Sender> = Arc::new(WebhookSender::new(config.webhook_allow_hosts.clone())?);
    let lifetimes = config.lifetimes;
    let app = App {
        sign_up: SignUp { store: store.clone(), hasher: hasher.clone(), tokens: tokens.clone(), lifetimes },
        accept_invitation: AcceptInvitation {
            store: store.clone(),
            invitations: database.clone(),
            organizations: database.clone(),
            users: database.clone(),
            node: node.clone(),
            hasher: hasher.clone(),
            tokens: tokens.clone(),
            lifetimes,
        },
        who_am_i: WhoAmI { users: database.clone(), organizations: database.clone(), access: access.clone() },
        access,
        register: Register { store: store.clone(), hasher: hasher.clone(), lifetimes },
        log_in: LogIn {
            store: store.clone(),
            users: database.clone(),
            standings: database.clone(),
            hasher,
            tokens: tokens.clone(),
            lifetimes,
        },
        refresh: Refresh { refresh_tokens: store.clone(), tokens },
        log_out: LogOut { store: store.clone(), sessions: database.clone() },
        verify_email: VerifyEmail { tokens: store.clone() },
        invite: Invite {
            store: store.clone(),
            organizations: database.clone(),
            invitations: database.clone(),
            authority: Arc::new(SnapshotAuthority { node: node.clone() }),
            lifetime: config.invitation_lifetime,
        },
        subscribe: Subscribe { store: store.clone(), catalogue: database.clone(), subscriptions: database.clone() },
        look_up: LookUp { catalogue: database.clone(), subscriptions: database.clone(), meters: store.clone() },
        consume: Consume { catalogue: database.clone(), subscriptions: database.clone(), meters: store.clone() },
        create_endpoint: CreateEndpoint {
            store: store.clone(),
            sender: sender.clone(),
            event_types: accounts::event_types(),
            allowed_hosts: config.webhook_allow_hosts.clone(),
        },
        catalogue: database.clone(),
        trail: database.clone(),
        team: database.clone(),
        memberships: database.clone(),
        cursors: Cursors::new(master.derive(Purpose::Cursors).expose()),
        clock: clock.clone(),
        ids: ids.clone(),
        parts: vec![Arc::new(DatabasePart(database.clone()))],
        support_email: SUPPORT.to_owned(),
    };

    let mut workers = Workers::new(database.listen(node));
    let deliver = Deliver { deliveries: store.clone(), sender, clock: clock.clone(), ids };
    let deliveries = Arc::new(Semaphore::new(DELIVERIES as usize));
    for _ in 0..MAILS {
        let (queue, mailer, time) = (store.clone(), mailer.clone(), clock.clone());
        workers.spawn("mail", move || workers::mail(queue.clone(), mailer.clone(), time.clone()));
    }
    let (relay, time) = (database, clock.clone());
    workers.spawn("relay", move || workers::relay(relay.clone(), time.clone()));
    let (places, under_way) = (deliveries.clone(), UnderWay::default());
    workers.spawn("deliveries", move || workers::deliveries(deliver.clone(), places.clone(), under_way.clone()));
    let (kept, time, last) = (store, clock.clone(), Arc::default());
    workers.spawn("retention", move || workers::retention(kept.clone(), time.clone(), Arc::clone(&last)));
    let folded = denials.clone();
    workers.spawn("denials", move || workers::denials(folded.clone(), clock.clone()));
    Ok(Wired { app, workers, denials, deliveries })
}

/// Whom the specification names for questions.
pub const SUPPORT: &str = "support@hixbe.com";

fn mailer(config: &Config) -> Result<Arc<dyn Mailer>, Trouble> {
    let composer = Composer::new(&config.public_url, config.mail_from.as_deref())?;
    Ok(match &config.smtp_url {
        Some(url) => Arc::new(SmtpMailer::new(url, composer)?),
        None => Arc::new(FileMailer::new(config.data_dir.join("outbox"), composer)),
    })
}

struct DatabasePart(Arc<Database>);

#[async_trait]
impl Part for DatabasePart {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn check(&self) -> Result<(), Fault> {
        self.0.ping().await
    }
}
