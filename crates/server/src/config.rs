//! Where settings come from: `portcullis.toml`, where there is one, and the environment, which wins. What is unknown or
//! bad stops the start and is named.

mod administrator;
mod edge;
mod environment;
mod file;
mod files;
mod hosts;
mod lifetimes;
mod limits;
mod mistake;
mod operations;
mod providers;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use adapter_crypto::{Argon2Parameters, MasterKey};
use adapter_email::{Composer, SmtpMailer};
use adapter_files::Bucket;
use adapter_http::{Edge, LimitTable, TlsFiles};
use adapter_outbound::ProviderSettings;
use adapter_shortlived::RedisEphemeral;
use chrono::TimeDelta;
use identity::{Algorithm, KeyPrefixes, Provider, RegisterInput, Settings};
use kernel::Secret;
use url::Url;

pub use administrator::Administrator;
use administrator::administrator;
use edge::Said;
use environment::Environment;
use file::File;
use hosts::hosts;
pub use operations::{LogFormat, Operations};
use providers::redirect_uris;

/// Everything that can be set, with the contract's defaults where nothing is.
#[derive(Debug)]
pub struct Config {
    /// The address to serve on.
    pub listen: SocketAddr,
    /// What links in mails begin with; no slash at the end.
    pub public_url: String,
    /// Where the private PostgreSQL, the secret and the mails live.
    pub data_dir: PathBuf,
    /// A PostgreSQL of one's own; absent, a private one is started.
    pub database_url: Option<Secret>,
    /// A mail server; absent, mails are files.
    pub smtp_url: Option<Secret>,
    /// Who mails come from.
    pub mail_from: Option<String>,
    /// Where short-lived state lives; absent, it lives in the process.
    pub redis_url: Option<Secret>,
    /// Where uploaded pictures are kept; absent, in `files` of the data directory.
    pub files: Option<Bucket>,
    /// The installation's secret; absent, one is made and kept in the data directory.
    pub secret_key: Option<Secret>,
    /// The secret before it: what it sealed is still opened, and `keys rotate` seals it anew.
    pub previous_secret_key: Option<Secret>,
    /// Whether requests are counted.
    pub rate_limits: bool,
    /// How many requests there may be.
    pub limits: LimitTable,
    /// Who else can say who somebody is.
    pub providers: Vec<ProviderSettings>,
    /// Where a way through a provider may end beside our own pages.
    pub redirect_uris: Vec<String>,
    /// How keys begin.
    pub key_prefixes: KeyPrefixes,
    /// `iss` of access tokens.
    pub jwt_issuer: String,
    /// `aud` of access tokens.
    pub jwt_audience: String,
    /// Private hosts webhooks may be sent to.
    pub webhook_allow_hosts: Vec<String>,
    /// How access tokens are signed.
    pub jwt_algorithm: Algorithm,
    /// What may be changed while the installation runs, as it is until then.
    pub settings: Settings,
    /// The first platform administrator.
    pub administrator: Option<Administrator>,
    /// How long an invitation is open.
    pub invitation_lifetime: TimeDelta,
    /// For how many whole months entries of the audit log are kept; absent for ever.
    pub audit_keep_months: Option<u32>,
    /// How the API meets the world.
    pub edge: Edge,
    /// The certificate this server itself shows; absent, it speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// What a password hash costs.
    pub argon2: Argon2Parameters,
    /// What only those who run the installation notice.
    pub operations: Operations,
}

/// What is wrong with a setting.
#[derive(Debug, thiserror::Error)]
pub enum BadConfig {
    /// A name that is none of ours.
    #[error("{0} is not a setting of Portcullis; see README.md for those there are")]
    Unknown(String),
    /// A value that can't be.
    #[error("{name}: {problem}")]
    Bad {
        /// The setting.
        name: Cow<'static, str>,
        /// What is wrong; never the value of a secret.
        problem: String,
    },
    /// The file can't be read or is not what it should be.
    #[error("{}: {problem}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl Default for Config {
    fn default() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        Self {
            listen,
            public_url: format!("http://{listen}"),
            data_dir: PathBuf::from(".portcullis"),
            database_url: None,
            smtp_url: None,
            mail_from: None,
            redis_url: None,
            files: None,
            secret_key: None,
            previous_secret_key: None,
            rate_limits: true,
            limits: LimitTable::default(),
            providers: Vec::new(),
            redirect_uris: Vec::new(),
            key_prefixes: KeyPrefixes::default(),
            jwt_issuer: "portcullis".to_owned(),
            jwt_audience: "portcullis".to_owned(),
            webhook_allow_hosts: Vec::new(),
            jwt_algorithm: Algorithm::Hs256,
            settings: Settings::default(),
            administrator: None,
            invitation_lifetime: tenancy::Invite::LIFETIME,
            audit_keep_months: None,
            edge: Edge::default(),
            tls: None,
            argon2: Argon2Parameters::default(),
            operations: Operations::default(),
        }
    }
}

impl Config {
    /// From `portcullis.toml` in the working directory and the process's environment.
    pub fn load() -> Result<Self, BadConfig> {
        let config = Self::load_without_secret()?;
        check_secret(&config)?;
        Ok(config)
    }

    /// As [`Config::load`], for who only reads what nothing is sealed in.
    pub fn load_without_secret() -> Result<Self, BadConfig> {
        let file = File::read(Path::new("portcullis.toml"))?;
        let config = Self::from_parts(file, Environment::of(std::env::vars_os())?)?;
        check(&config)?;
        Ok(config)
    }

    fn from_parts(file: File, environment: Environment) -> Result<Self, BadConfig> {
        let usual = Self::default();
        let (settings, invitation_lifetime) = (file.settings()?, file.lifetimes.invitation()?);
        let said = Said::of(&environment, &file);
        let operations = environment.operations.or(file.operations()).read()?;
        let listen = match environment.listen.or(file.listen) {
            None => usual.listen,
            Some(text) => {
                text.parse().map_err(|_| bad("PORTCULLIS_LISTEN", "must be an address and a port: 127.0.0.1:8080"))?
            }
        };
        if listen.port() != 0 && operations.metrics_listen == Some(listen) {
            return Err(bad("PORTCULLIS_METRICS_LISTEN", "must be another address than PORTCULLIS_LISTEN"));
        }
        let tls = said.tls()?;
        let public_url = match environment.public_url.or(file.public_url) {
            None => format!("{}://{listen}", if tls.is_some() { "https" } else { "http" }),
            Some(text) => check_public_url(&text)?,
        };
        let edge = said.edge(listen, &public_url)?;
        let database_url = environment.database_url.or(file.database_url.map(Secret::new));
        let secret_key = environment.secret_key.or(file.secret_key.map(Secret::new));
        let api_key = file.api_key;
        let file_uris = file.redirect_uris;
        let key_prefixes = match api_key.prefix {
            None => usual.key_prefixes,
            Some(text) => KeyPrefixes::parse(&text).ok_or_else(|| {
                bad("api_key.prefix", "must be 2 to 16 lower case letters and digits, a letter first, and not pcp")
            })?,
        };
        let google = environment.google.or(file.google);
        let microsoft = environment.microsoft.or(file.microsoft);
        let providers = [(Provider::Google, google), (Provider::Microsoft, microsoft)];
        let providers = providers.into_iter().filter_map(|(provider, it)| it.settings(provider).transpose());
        Ok(Self {
            listen,
            public_url,
            data_dir: environment.data_dir.or(file.data_dir).unwrap_or(usual.data_dir),
            database_url,
            smtp_url: environment.smtp_url.or(file.smtp_url.map(Secret::new)),
            mail_from: environment.mail_from.or(file.mail_from),
            redis_url: environment.redis_url.or(file.redis_url.map(Secret::new)),
            files: environment.aws.or(file.aws).bucket(environment.files.or(file.files).as_deref())?,
            secret_key,
            previous_secret_key: environment.previous_secret_key.or(file.previous_secret_key.map(Secret::new)),
            rate_limits: limits::are_on(environment.rate_limits.or(file.rate_limits).as_deref())?,
            limits: file.limits.requests()?,
            providers: providers.collect::<Result<_, _>>()?,
            redirect_uris: redirect_uris(environment.redirect_uris.or(file_uris).unwrap_or_default())?,
            key_prefixes,
            jwt_issuer: filled("JWT_ISSUER", environment.jwt_issuer.or(file.jwt_issuer).unwrap_or(usual.jwt_issuer))?,
            jwt_audience: filled(
                "JWT_AUDIENCE",
                environment.jwt_audience.or(file.jwt_audience).unwrap_or(usual.jwt_audience),
            )?,
            webhook_allow_hosts: hosts(
                environment.webhook_allow_hosts.or(file.webhook_allow_hosts).unwrap_or_default(),
            )?,
            jwt_algorithm: match environment.jwt_algorithm.or(file.jwt_algorithm) {
                None => usual.jwt_algorithm,
                Some(text) => Algorithm::parse(&text).ok_or_else(|| bad("JWT_ALGORITHM", "must be HS256 or EdDSA"))?,
            },
            settings,
            administrator: administrator(environment.admin_email, environment.admin_password)?,
            invitation_lifetime,
            audit_keep_months: file.audit.keep_months()?,
            edge,
            tls,
            argon2: file.argon2.parameters()?,
            operations,
        })
    }
}

fn bad(name: &'static str, problem: impl Into<String>) -> BadConfig {
    BadConfig::Bad { name: name.into(), problem: problem.into() }
}

/// An empty issuer or audience would switch a check off.
fn filled(name: &'static str, value: String) -> Result<String, BadConfig> {
    if value.trim().is_empty() { Err(bad(name, "must not be empty")) } else { Ok(value) }
}

/// Every value that a part of its own understands, tried on that part.
pub fn check(config: &Config) -> Result<(), BadConfig> {
    if let Some(secret) = &config.secret_key {
        MasterKey::parse(secret).map_err(|error| bad("SECRET_KEY", error.to_string()))?;
    }
    if let Some(secret) = &config.previous_secret_key {
        MasterKey::parse(secret).map_err(|error| bad("PORTCULLIS_PREVIOUS_SECRET_KEY", error.to_string()))?;
    }
    providers::check(&config.providers, &config.public_url)?;
    files::check(config.files.as_ref())?;
    edge::check(config.tls.as_ref())?;
    if let Some(url) = &config.redis_url {
        RedisEphemeral::connect(url).map_err(|error| bad("REDIS_URL", error.to_string())).map(drop)?;
    }
    let composer = Composer::new(&config.public_url, config.mail_from.as_deref())
        .map_err(|error| bad("PORTCULLIS_MAIL_FROM", error.to_string()))?;
    if let Some(url) = &config.smtp_url {
        SmtpMailer::new(url, composer).map_err(|error| bad("SMTP_URL", error.to_string()))?;
    }
    if let Some(Administrator { email, password }) = &config.administrator {
        let (email, username) = (email.clone(), Administrator::username(email));
        let given = RegisterInput { email, username, password: password.clone() };
        identity::rules::check_registration(&given, &[]).map_err(|problems| {
            let said =
                |wanted: &str| problems.iter().find(|(field, _)| *field == wanted).map(|(_, said)| said.join(" "));
            match said("email") {
                Some(said) => bad("PORTCULLIS_ADMIN_EMAIL", said),
                None => bad("PORTCULLIS_ADMIN_PASSWORD", said("password").unwrap_or_default()),
            }
        })?;
    }
    if let Some(url) = &config.database_url {
        // The driver's own words could repeat the password.
        let known = ["postgres://", "postgresql://"].iter().any(|scheme| url.expose().starts_with(scheme));
        if !known {
            return Err(bad("DATABASE_URL", "must begin with postgres://"));
        }
    }
    Ok(())
}

fn check_secret(config: &Config) -> Result<(), BadConfig> {
    if config.database_url.is_some() && config.secret_key.is_none() {
        return Err(bad("SECRET_KEY", "is required with DATABASE_URL: every node must know the same"));
    }
    Ok(())
}

fn check_public_url(text: &str) -> Result<String, BadConfig> {
    let wrong = || bad("PORTCULLIS_PUBLIC_URL", "must be http:// or https:// and a host, without query or fragment");
    let text = text.trim();
    let url = Url::parse(text).map_err(|_| wrong())?;
    let plain =
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if matches!(url.scheme(), "http" | "https") && url.has_host() && plain {
        let scheme = url.scheme();
        Ok(format!("{scheme}{}", text[scheme.len()..].trim_end_matches('/')))
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests;
