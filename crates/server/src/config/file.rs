use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use adapter_crypto::Argon2Parameters;
use chrono::TimeDelta;
use identity::Lifetimes;
use serde::Deserialize;

use super::{BadConfig, bad};

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
    pub secret_key: Option<String>,
    pub jwt_issuer: Option<String>,
    pub jwt_audience: Option<String>,
    pub webhook_allow_hosts: Option<Vec<String>>,
    pub require_https: Option<String>,
    pub lifetimes: FileLifetimes,
    pub argon2: FileArgon2,
}

/// All in seconds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileLifetimes {
    access: Option<i64>,
    access_remembered: Option<i64>,
    refresh: Option<i64>,
    refresh_short: Option<i64>,
    session: Option<i64>,
    verification: Option<i64>,
    invitation: Option<i64>,
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

    /// Of this text. What is wrong is told without the line it stands in: that may hold a secret.
    pub fn parse(path: &Path, text: &str) -> Result<Self, BadConfig> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
            BadConfig::File { path: path.to_owned(), problem: format!("line {line}: {}", error.message()) }
        })
    }
}

impl FileLifetimes {
    pub fn lifetimes(&self) -> Result<Lifetimes, BadConfig> {
        let usual = Lifetimes::default();
        Ok(Lifetimes {
            access: span("lifetimes.access", self.access, usual.access)?,
            access_remembered: span("lifetimes.access_remembered", self.access_remembered, usual.access_remembered)?,
            refresh: span("lifetimes.refresh", self.refresh, usual.refresh)?,
            refresh_short: span("lifetimes.refresh_short", self.refresh_short, usual.refresh_short)?,
            session: span("lifetimes.session", self.session, usual.session)?,
            verification: span("lifetimes.verification", self.verification, usual.verification)?,
        })
    }

    pub fn invitation(&self) -> Result<TimeDelta, BadConfig> {
        span("lifetimes.invitation", self.invitation, tenancy::Invite::LIFETIME)
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

fn span(name: &'static str, seconds: Option<i64>, usual: TimeDelta) -> Result<TimeDelta, BadConfig> {
    const TEN_YEARS: i64 = 10 * 366 * 86_400;
    match seconds {
        None => Ok(usual),
        Some(seconds @ 1..=TEN_YEARS) => Ok(TimeDelta::seconds(seconds)),
        Some(_) => Err(bad(name, format!("must be a number of seconds from 1 to {TEN_YEARS}"))),
    }
}
