use std::ffi::OsString;
use std::path::PathBuf;

use kernel::Secret;

use super::providers::ProviderTable;
use super::{BadConfig, bad};

/// What the environment says.
#[derive(Debug, Default)]
pub struct Environment {
    pub listen: Option<String>,
    pub public_url: Option<String>,
    pub data_dir: Option<PathBuf>,
    pub database_url: Option<Secret>,
    pub smtp_url: Option<Secret>,
    pub mail_from: Option<String>,
    pub secret_key: Option<Secret>,
    pub jwt_issuer: Option<String>,
    pub jwt_audience: Option<String>,
    pub jwt_algorithm: Option<String>,
    pub admin_email: Option<String>,
    pub admin_password: Option<Secret>,
    pub webhook_allow_hosts: Option<Vec<String>>,
    pub require_https: Option<String>,
    pub redis_url: Option<Secret>,
    pub previous_secret_key: Option<Secret>,
    pub redirect_uris: Option<Vec<String>>,
    pub google: ProviderTable,
    pub microsoft: ProviderTable,
}

impl Environment {
    /// Reads what is ours; a `PORTCULLIS_` name that is not is a mistake. A variable set to nothing is not set, except
    /// where nothing would be a choice.
    pub fn of(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Self, BadConfig> {
        let mut it = Self::default();
        for (name, value) in variables {
            let Ok(name) = name.into_string() else { continue };
            if name == "PORTCULLIS_DATA_DIR" {
                it.data_dir = Some(PathBuf::from(value)).filter(|path| !path.as_os_str().is_empty());
                continue;
            }
            let Some(known) = KNOWN.iter().find(|known| **known == name) else {
                if name.starts_with("PORTCULLIS_") {
                    return Err(BadConfig::Unknown(name));
                }
                continue;
            };
            let value = value.into_string().map_err(|_| bad(known, "must be UTF-8"))?;
            let filled = Some(value.clone()).filter(|value| !value.is_empty());
            match *known {
                "PORTCULLIS_LISTEN" => it.listen = filled,
                "PORTCULLIS_PUBLIC_URL" => it.public_url = filled,
                "PORTCULLIS_MAIL_FROM" => it.mail_from = filled,
                "PORTCULLIS_REQUIRE_HTTPS" => it.require_https = filled,
                "PORTCULLIS_WEBHOOK_ALLOW_HOSTS" => {
                    it.webhook_allow_hosts = Some(list(&value));
                }
                "PORTCULLIS_REDIRECT_URIS" => it.redirect_uris = Some(list(&value)),
                "PORTCULLIS_PREVIOUS_SECRET_KEY" => it.previous_secret_key = filled.map(Secret::new),
                "REDIS_URL" => it.redis_url = filled.map(Secret::new),
                "GOOGLE_CLIENT_ID" => it.google.client_id = filled,
                "GOOGLE_CLIENT_SECRET" => it.google.client_secret = filled,
                "GOOGLE_ISSUER_URL" => it.google.issuer_url = filled,
                "MICROSOFT_CLIENT_ID" => it.microsoft.client_id = filled,
                "MICROSOFT_CLIENT_SECRET" => it.microsoft.client_secret = filled,
                "MICROSOFT_ISSUER_URL" => it.microsoft.issuer_url = filled,
                "MICROSOFT_TENANT_ID" => it.microsoft.tenant_id = filled,
                "DATABASE_URL" => it.database_url = filled.map(Secret::new),
                "SMTP_URL" => it.smtp_url = filled.map(Secret::new),
                // An empty one is a mistake worth stopping for, not the same as none.
                "SECRET_KEY" => it.secret_key = Some(Secret::new(value)),
                "JWT_ISSUER" => it.jwt_issuer = Some(value),
                "JWT_ALGORITHM" => it.jwt_algorithm = filled,
                "PORTCULLIS_ADMIN_EMAIL" => it.admin_email = filled,
                "PORTCULLIS_ADMIN_PASSWORD" => it.admin_password = filled.map(Secret::new),
                _ => it.jwt_audience = Some(value),
            }
        }
        Ok(it)
    }
}

/// Words with commas between them.
fn list(value: &str) -> Vec<String> {
    value.split(',').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
}

const KNOWN: &[&str] = &[
    "PORTCULLIS_LISTEN",
    "PORTCULLIS_PUBLIC_URL",
    "PORTCULLIS_MAIL_FROM",
    "PORTCULLIS_REQUIRE_HTTPS",
    "PORTCULLIS_WEBHOOK_ALLOW_HOSTS",
    "PORTCULLIS_ADMIN_EMAIL",
    "PORTCULLIS_ADMIN_PASSWORD",
    "DATABASE_URL",
    "SMTP_URL",
    "SECRET_KEY",
    "JWT_ISSUER",
    "JWT_AUDIENCE",
    "JWT_ALGORITHM",
    "PORTCULLIS_REDIRECT_URIS",
    "PORTCULLIS_PREVIOUS_SECRET_KEY",
    "REDIS_URL",
    "GOOGLE_CLIENT_ID",
    "GOOGLE_CLIENT_SECRET",
    "GOOGLE_ISSUER_URL",
    "MICROSOFT_CLIENT_ID",
    "MICROSOFT_CLIENT_SECRET",
    "MICROSOFT_ISSUER_URL",
    "MICROSOFT_TENANT_ID",
];
