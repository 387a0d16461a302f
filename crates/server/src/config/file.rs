use std::fmt;
use std::io::ErrorKind;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use adapter_crypto::Argon2Parameters;
use identity::{LockoutPatch, RegistrationPatch, Settings, SettingsPatch};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::files::AwsTable;
use super::lifetimes::FileLifetimes;
use super::limits::FileLimits;
use super::operations::OperationsTable;
use super::providers::ProviderTable;
use super::{BadConfig, bad, mistake};

/// What `portcullis.toml` says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    pub listen: Option<String>,
    pub public_url: Option<String>,
    pub data_dir: Option<PathBuf>,
    pub database_url: Option<String>,
    pub smtp_url: Option<String>,
    pub mail_from: Option<String>,
    pub redis_url: Option<String>,
    pub secret_key: Option<String>,
    pub previous_secret_key: Option<String>,
    pub redirect_uris: Option<Vec<String>>,
    #[serde(deserialize_with = "table")]
    pub google: ProviderTable,
    #[serde(deserialize_with = "table")]
    pub microsoft: ProviderTable,
    pub files: Option<String>,
    #[serde(deserialize_with = "table")]
    pub aws: AwsTable,
    #[serde(deserialize_with = "table")]
    pub api_key: FileApiKey,
    pub jwt_issuer: Option<String>,
    pub jwt_audience: Option<String>,
    pub jwt_algorithm: Option<String>,
    pub webhook_allow_hosts: Option<Vec<String>>,
    pub require_https: Option<String>,
    pub trusted_proxies: Option<Vec<String>>,
    pub cors_origins: Option<Vec<String>>,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    #[serde(deserialize_with = "table")]
    pub registration: RegistrationPatch,
    #[serde(deserialize_with = "table")]
    pub lockout: LockoutPatch,
    #[serde(deserialize_with = "table")]
    pub lifetimes: FileLifetimes,
    pub rate_limits: Option<String>,
    #[serde(deserialize_with = "table")]
    pub limits: FileLimits,
    #[serde(deserialize_with = "table")]
    pub audit: FileAudit,
    #[serde(deserialize_with = "table")]
    pub argon2: FileArgon2,
    pub log: Option<String>,
    pub metrics_listen: Option<String>,
    pub drain_seconds: Option<u32>,
}

/// A list without names would pass for a table, its values taken in turn.
fn table<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Named<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Named<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table")
        }

        fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<T, M::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }

    deserializer.deserialize_map(Named(PhantomData))
}

/// Of organizations' keys.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileApiKey {
    pub prefix: Option<String>,
}

/// Of the audit log.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileAudit {
    keep_months: Option<u32>,
}

impl FileAudit {
    /// For how many whole months entries are kept.
    pub fn keep_months(&self) -> Result<Option<u32>, BadConfig> {
        match self.keep_months {
            None | Some(1..=1_200) => Ok(self.keep_months),
            Some(_) => Err(bad("audit.keep_months", "must be a number of months from 1 to 1200")),
        }
    }
}

/// The memory in KiB, the passes over it, and the lanes (RFC 9106).
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileArgon2 {
    memory: Option<u32>,
    passes: Option<u32>,
    lanes: Option<u32>,
}

impl File {
    /// Absent, it says nothing.
    pub fn read(path: &Path) -> Result<Self, BadConfig> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(BadConfig::File { path: path.to_owned(), problem: error.to_string() }),
        }
    }

    /// Of this text.
    pub fn parse(path: &Path, text: &str) -> Result<Self, BadConfig> {
        toml::from_str(text)
            .map_err(|error| BadConfig::File { path: path.to_owned(), problem: mistake::told(text, &error) })
    }

    /// What may be changed while the installation runs, as it is until then.
    pub fn settings(&self) -> Result<Settings, BadConfig> {
        let patch = SettingsPatch {
            registration: self.registration.clone(),
            lockout: self.lockout.clone(),
            lifetimes: self.lifetimes.accounts(),
            limits: self.limits.accounts(),
        };
        patch.apply(&Settings::default()).map_err(|problems| {
            let first = problems.iter().next().map(|(name, said)| (name.to_owned(), said.join(" ")));
            let (name, problem) = first.unwrap_or_default();
            BadConfig::Bad { name: name.into(), problem }
        })
    }

    /// What only those who run the installation notice.
    pub fn operations(&self) -> OperationsTable {
        OperationsTable {
            log: self.log.clone(),
            metrics_listen: self.metrics_listen.clone(),
            drain_seconds: self.drain_seconds.as_ref().map(ToString::to_string),
            // Other programs read them from the environment too.
            collector: None,
            traces: None,
        }
    }
}

impl FileArgon2 {
    /// No weaker than the weakest pair OWASP lists for Argon2id, and nothing that would take a machine down.
    pub fn parameters(&self) -> Result<Argon2Parameters, BadConfig> {
        let usual = Argon2Parameters::default();
        let memory = self.memory.unwrap_or(usual.memory);
        let passes = self.passes.unwrap_or(usual.passes);
        let lanes = self.lanes.unwrap_or(usual.lanes);
        if !(7_168..=4_194_304).contains(&memory) {
            return Err(bad("argon2.memory", "must be a number of KiB from 7168 to 4194304"));
        }
        let enough = 35_840_u32.div_ceil(memory);
        if !(enough..=1_000).contains(&passes) {
            return Err(bad("argon2.passes", format!("must be from {enough} to 1000 with this much memory")));
        }
        if !(1..=16).contains(&lanes) {
            return Err(bad("argon2.lanes", "must be from 1 to 16"));
        }
        Ok(Argon2Parameters { memory, passes, lanes })
    }
}
