use std::ffi::OsString;
use std::path::PathBuf;

use kernel::Secret;

use super::files::AwsTable;
use super::operations::OperationsTable;
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
    pub rate_limits: Option<String>,
    pub trusted_proxies: Option<Vec<String>>,
    pub cors_origins: Option<Vec<String>>,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub redis_url: Option<Secret>,
    pub previous_secret_key: Option<Secret>,
    pub redirect_uris: Option<Vec<String>>,
    pub google: ProviderTable,
    pub microsoft: ProviderTable,
    pub files: Option<String>,
    pub aws: AwsTable,
    pub operations: OperationsTable,
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
                "PORTCULLIS_CORS_ORIGINS" => it.cors_origins = Some(list(&value)),
                "PORTCULLIS_TLS_CERT" => it.tls_cert = filled.map(PathBuf::from),
                "PORTCULLIS_TLS_KEY" => it.tls_key = filled.map(PathBuf::from),
                "PORTCULLIS_TRUSTED_PROXIES" => it.trusted_proxies = Some(list(&value)),
                "PORTCULLIS_WEBHOOK_ALLOW_HOSTS" => {
                    it.webhook_allow_hosts = Some(list(&value));
                }
                "PORTCULLIS_RATE_LIMITS" => it.rate_limits = filled,
                "PORTCULLIS_LOG" => it.operations.log = filled,
                "PORTCULLIS_METRICS_LISTEN" => it.operations.metrics_listen = filled,
                "PORTCULLIS_DRAIN_SECONDS" => it.operations.drain_seconds = filled,
                "OTEL_EXPORTER_OTLP_ENDPOINT" => it.operations.collector = filled,
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" => it.operations.traces = filled,
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
                "PORTCULLIS_FILES" => it.files = filled,
                "AWS_ACCESS_KEY_ID" => it.aws.access_key_id = filled,
                "AWS_SECRET_ACCESS_KEY" => it.aws.secret_access_key = filled,
                "AWS_REGION" => it.aws.region = filled,
                "AWS_ENDPOINT_URL" => it.aws.endpoint_url = filled,
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
    "PORTCULLIS_TRUSTED_PROXIES",
    "PORTCULLIS_CORS_ORIGINS",
    "PORTCULLIS_TLS_CERT",
    "PORTCULLIS_TLS_KEY",
    "PORTCULLIS_WEBHOOK_ALLOW_HOSTS",
    "PORTCULLIS_ADMIN_EMAIL",
    "PORTCULLIS_ADMIN_PASSWORD",
    "DATABASE_URL",
    "SMTP_URL",
    "SECRET_KEY",
    "JWT_ISSUER",
    "JWT_AUDIENCE",
    "JWT_ALGORITHM",
    "PORTCULLIS_RATE_LIMITS",
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
    "PORTCULLIS_FILES",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_ENDPOINT_URL",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "PORTCULLIS_LOG",
    "PORTCULLIS_METRICS_LISTEN",
    "PORTCULLIS_DRAIN_SECONDS",
];
