//! Which adapter stands behind which port: what all share here, what requests need in `app`, what goes on beside them in
//! `beside`.

mod app;
mod beside;

use std::sync::Arc;

use accounts::{Denials, LastSeen};
use adapter_crypto::{JwtAccessTokens, WebauthnCeremonies};
use adapter_email::{Composer, FileMailer, SmtpMailer};
use adapter_files::{StoredFiles, Studio};
use adapter_http::App;
use adapter_outbound::{OidcProviders, WebhookSender};
use identity::ports::{AccessTokens, Ceremonies, Providers};
use kernel::{Clock, Gallery, Ids, Mailer, Secret};
use url::Url;
use webhooks::ports::Sender;

use self::app::app;
use self::beside::start_workers;
use crate::config::Config;
use crate::first_start::first_start;
use crate::foundation::Foundation;
use crate::serve::Trouble;
use crate::short_lived::ShortLived;
use crate::workers::{Lane, Workers};

/// What is served, and what goes on beside it.
pub struct Wired {
    pub app: App,
    pub workers: Workers,
    pub denials: Arc<Denials>,
    pub last_seen: Arc<LastSeen>,
    /// Where deliveries are tried.
    pub lanes: [Lane; 2],
}

/// What use cases and workers share.
pub(crate) struct Shared<'a> {
    pub(crate) config: &'a Config,
    pub(crate) foundation: Foundation,
    pub(crate) tokens: Arc<dyn AccessTokens>,
    pub(crate) sender: Arc<dyn Sender>,
    pub(crate) denials: Arc<Denials>,
    pub(crate) last_seen: Arc<LastSeen>,
    pub(crate) short_lived: ShortLived,
    pub(crate) providers: Arc<dyn Providers>,
    pub(crate) ceremonies: Option<Arc<dyn Ceremonies>>,
    pub(crate) public_url: Url,
    pub(crate) gallery: Gallery,
}

/// Brings the schema up to date, makes what a first start makes, wires everything, and starts the workers.
pub async fn wire(
    config: &Config,
    database_url: &Secret,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
) -> Result<Wired, Trouble> {
    let foundation = Foundation::lay(config, database_url, clock, ids).await?;
    let signer = Arc::new(JwtAccessTokens::new(config.jwt_algorithm, &config.jwt_issuer, &config.jwt_audience)?);
    let mailer = mailer(config)?;
    let sender = Arc::new(WebhookSender::new(config.webhook_allow_hosts.clone())?);
    first_start(config, &foundation, &signer).await?;
    let denials = Arc::new(Denials::new(foundation.store.clone()));
    let last_seen = Arc::new(LastSeen::new(foundation.store.clone()));
    let tokens: Arc<dyn AccessTokens> = signer.clone();
    let short_lived = ShortLived::open(config, &foundation.clock)?;
    let providers = Arc::new(OidcProviders::new(config.providers.clone(), &config.public_url)?);
    let files = Arc::new(match &config.files {
        Some(bucket) => StoredFiles::in_bucket(bucket)?,
        None => StoredFiles::in_directory(&config.data_dir.join("files"))?,
    });
    let gallery = Gallery { pictures: Arc::new(Studio::default()), files };
    let shared = Shared {
        config,
        foundation,
        tokens,
        sender,
        denials,
        last_seen,
        short_lived,
        providers,
        ceremonies: ceremonies(config)?,
        public_url: Url::parse(&config.public_url)?,
        gallery,
    };
    let app = app(&shared);
    let lanes = [Lane::of_healthy(), Lane::of_failing()];
    let workers = start_workers(&shared, signer, &mailer, &lanes);
    Ok(Wired { app, workers, denials: shared.denials, last_seen: shared.last_seen, lanes })
}

/// Whom the specification names for questions.
pub const SUPPORT: &str = "support@hixbe.com";

/// Absent where no passkey can belong to this address; then they are not offered.
fn ceremonies(config: &Config) -> Result<Option<Arc<dyn Ceremonies>>, Trouble> {
    let ceremonies = WebauthnCeremonies::new(&config.public_url)?;
    if ceremonies.is_none() {
        tracing::warn!("PORTCULLIS_PUBLIC_URL is an IP address: passkeys need a name, and are not offered");
    }
    Ok(ceremonies.map(|it| Arc::new(it) as Arc<dyn Ceremonies>))
}

fn mailer(config: &Config) -> Result<Arc<dyn Mailer>, Trouble> {
    let composer = Composer::new(&config.public_url, config.mail_from.as_deref())?;
    Ok(match &config.smtp_url {
        Some(url) => Arc::new(SmtpMailer::new(url, composer)?),
        None => Arc::new(FileMailer::new(config.data_dir.join("outbox"), composer)),
    })
}
