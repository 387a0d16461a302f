//! What a server and every command that touches the database stand on.

use std::sync::Arc;

use accounts::{KeyCache, LiveSettings, Node};
use adapter_crypto::{AesSealer, Argon2Hasher, CheckpointSigner, HmacLeafSealer, Key, MasterKey, Purpose};
use adapter_postgres::{Database, PgStore, PrivateError, PrivatePostgres, Sequencer, migrate};
use audit::Notary;
use audit::note::is_name;
use audit::ports::LeafSealer;
use identity::{CreateAdministrator, RotateKeys, UnlockUser};
use kernel::{Act, Clock, Ids, Sealer, Secret};
use rbac::SnapshotCache;

use crate::config::Config;
use crate::secret_key;
use crate::serve::Trouble;

/// Connections of one node.
const POOL: usize = 16;
/// Of as many members one node keeps snapshots: some 100 MB.
const SNAPSHOTS: usize = 1_000_000;

/// Keys and tokens one node keeps.
const KEYS: usize = 50_000;

/// The adapters below everything else.
pub struct Foundation {
    pub master: MasterKey,
    pub database: Arc<Database>,
    pub node: Arc<Node>,
    pub store: Arc<PgStore>,
    pub hasher: Arc<Argon2Hasher>,
    pub notary: Notary,
    pub leaves: Arc<dyn LeafSealer>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

impl Foundation {
    /// Brings the schema up to date and connects.
    pub async fn lay(
        config: &Config,
        database_url: &Secret,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, Trouble> {
        std::fs::create_dir_all(&config.data_dir)?;
        let Secrets { master, sealer, leaves, notary } = Secrets::of(config, &ids)?;
        let hasher = Arc::new(Argon2Hasher::new(config.argon2)?);
        migrate(database_url.expose()).await?;
        let database = Arc::new(Database::connect(database_url.expose(), POOL).await?);
        let snapshots = SnapshotCache::new(database.clone(), SNAPSHOTS);
        let settings = LiveSettings::new(database.clone(), config.settings);
        let keys = KeyCache::new(database.clone(), config.key_prefixes.clone(), KEYS);
        let node = Arc::new(Node::new(snapshots, database.clone(), settings, keys, Arc::clone(&clock)));
        let pool = database.as_ref().clone();
        let store = Arc::new(PgStore::new(pool, sealer, Arc::clone(&leaves), node.clone(), Arc::clone(&clock)));
        Ok(Self { master, database, node, store, hasher, notary, leaves, clock, ids })
    }

    /// Something that Portcullis itself does, or who may run its commands.
    pub fn act(&self) -> Act {
        Act::of_system(self.clock.now(), Arc::clone(&self.ids))
    }

    pub fn sequencer(&self) -> Sequencer {
        Sequencer::new(self.database.as_ref().clone(), self.notary.clone(), Arc::clone(&self.leaves))
    }

    pub fn create_administrator(&self) -> CreateAdministrator {
        CreateAdministrator { store: self.store.clone(), users: self.database.clone(), hasher: self.hasher.clone() }
    }

    pub fn unlock_user(&self) -> UnlockUser {
        UnlockUser { store: self.store.clone(), users: self.database.clone() }
    }

    pub fn rotate_keys(&self, config: &Config) -> RotateKeys {
        RotateKeys { store: self.store.clone(), keys: self.store.clone(), algorithm: config.jwt_algorithm }
    }
}

/// What follows from the installation's secret.
pub struct Secrets {
    pub master: MasterKey,
    pub sealer: Arc<dyn Sealer>,
    pub leaves: Arc<dyn LeafSealer>,
    pub notary: Notary,
}

impl Secrets {
    pub fn of(config: &Config, ids: &Arc<dyn Ids>) -> Result<Self, Trouble> {
        let master = secret_key::load(config.secret_key.as_ref(), &config.data_dir, ids.as_ref())?;
        let previous = config.previous_secret_key.as_ref().map(secret_key::previous).transpose()?;
        let former = |purpose| -> Vec<Key> { previous.iter().map(|it| it.derive(purpose)).collect() };
        let sealer = AesSealer::new(&master.derive(Purpose::Sealing), &former(Purpose::Sealing), Arc::clone(ids));
        let signer = CheckpointSigner::new(&master.derive(Purpose::Checkpoints), &former(Purpose::Checkpoints))?;
        let notary = Notary { origin: origin(&config.public_url), signer: Arc::new(signer) };
        let leaves = HmacLeafSealer::new(&master.derive(Purpose::Leaves), &former(Purpose::Leaves));
        Ok(Self { master, sealer: Arc::new(sealer), leaves: Arc::new(leaves), notary })
    }
}

/// What a log is called that begins here: the address without its scheme, as C2SP asks for.
fn origin(public_url: &str) -> String {
    let address = public_url.split_once("://").map_or(public_url, |(_, address)| address);
    let origin = format!("{}/audit", address.trim_end_matches('/'));
    if is_name(&origin) { origin } else { "portcullis/audit".to_owned() }
}

/// The database a command works on, whether the server runs or not.
pub struct Reached {
    pub url: Secret,
    /// Ours to stop, where no server runs.
    started: Option<PrivatePostgres>,
}

impl Reached {
    /// The configured one; else the private one, which is started where no server has.
    pub async fn reach(config: &Config) -> Result<Self, Trouble> {
        if let Some(url) = &config.database_url {
            return Ok(Self { url: url.clone(), started: None });
        }
        std::fs::create_dir_all(&config.data_dir).map_err(|error| format!("{}: {error}", config.data_dir.display()))?;
        match PrivatePostgres::start(&config.data_dir).await {
            Ok(postgres) => Ok(Self { url: Secret::new(postgres.url()), started: Some(postgres) }),
            Err(PrivateError::InUse(_)) => {
                let url = PrivatePostgres::url_of_running(&config.data_dir).await?;
                Ok(Self { url: Secret::new(url), started: None })
            }
            Err(error) => Err(error.into()),
        }
    }

    pub async fn leave(self) -> Result<(), Trouble> {
        match self.started {
            Some(postgres) => Ok(postgres.stop().await?),
            None => Ok(()),
        }
    }
}
