//! The command line.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use adapter_crypto::{SystemClock, calibrate};
use adapter_postgres::migrate;
use clap::{Parser, Subcommand};

use crate::config::{BadConfig, Config};
use crate::traces::Traces;
use crate::{commands, logs, serve, verify_audit, wiring};

/// Identity, tenancy, RBAC and entitlements in one binary.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API (what happens without a command)
    Serve,
    /// Bring the configured database to this version's schema
    Migrate,
    /// Platform administrators
    #[command(subcommand)]
    Admin(AdminCommand),
    /// The keys that sign access tokens, and those that seal what is stored
    #[command(subcommand)]
    Keys(KeysCommand),
    /// The audit log
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Propose Argon2 parameters for this machine
    Calibrate {
        /// How long a password may take, in milliseconds
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(5..=10_000))]
        target: u32,
    },
    /// Print the OpenAPI document
    Openapi,
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Make somebody a platform administrator; the password is read from standard input
    Create {
        /// The address; without it `PORTCULLIS_ADMIN_EMAIL` and `PORTCULLIS_ADMIN_PASSWORD`
        email: Option<String>,
        /// The name others see; without it one like the address
        #[arg(long)]
        username: Option<String>,
    },
    /// Forget the wrong passwords that were given for an address
    Unlock {
        /// The address
        email: String,
    },
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Sign with a new key, and seal anew what an earlier `SECRET_KEY` sealed; what the old key signed stays good until it
    /// expires
    Rotate {
        /// What the old one signed is worth nothing from now on
        #[arg(long)]
        at_once: bool,
    },
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Say whether the log is what was signed, and name what is wrong; the server may run or not
    Verify {
        /// A checkpoint that was kept elsewhere, to hold the log to
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
        /// An export in JSON Lines to look at instead of the database
        #[arg(long, value_name = "FILE")]
        export: Vec<PathBuf>,
        /// The key that should have signed it, as `/audit-logs/checkpoint` tells it; with it no secret is needed
        #[arg(long)]
        key: Option<String>,
    },
    /// Sign a log that nobody known has signed, with what waits for it: for when the secret before is lost. Hold it to a
    /// checkpoint that was kept elsewhere first
    Adopt,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Say whether the configuration is good, and what is wrong with it
    Check,
}

/// Does what the command line says, and says what went wrong.
pub async fn main() -> ExitCode {
    crate::use_aws_lc_rs();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("portcullis: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error + Send + Sync>> {
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => {
            let operations = Config::operations()?;
            let traces = operations.traces.as_deref().map(Traces::to).transpose()?;
            logs::start(operations.log, traces.as_ref())?;
            let served = async { serve::until_told_to_stop(Config::load()?).await }.await;
            if let Some(traces) = traces {
                traces.stop().await;
            }
            served
        }
        Command::Migrate => {
            log()?;
            let url = Config::load()?
                .database_url
                .ok_or("migrate needs DATABASE_URL; the private PostgreSQL migrates by itself")?;
            migrate(url.expose()).await?;
            println!("The database is up to date.");
            Ok(())
        }
        Command::Admin(AdminCommand::Create { email, username }) => {
            log()?;
            commands::create_administrator(email, username).await
        }
        Command::Admin(AdminCommand::Unlock { email }) => {
            log()?;
            commands::unlock(&email).await
        }
        Command::Keys(KeysCommand::Rotate { at_once }) => {
            log()?;
            commands::rotate_keys(at_once).await
        }
        Command::Audit(AuditCommand::Verify { checkpoint, export, key }) => {
            log()?;
            let known = checkpoint.as_deref().map(verify_audit::read_checkpoint).transpose()?;
            let key = key.as_deref().map(verify_audit::read_key).transpose()?;
            if export.is_empty() {
                verify_audit::of_database(known, key).await
            } else {
                verify_audit::of_exports(&export, key.as_ref(), known.as_ref())
            }
        }
        Command::Audit(AuditCommand::Adopt) => {
            log()?;
            commands::adopt_log().await
        }
        Command::Calibrate { target } => {
            let at_once = std::thread::available_parallelism()?.get();
            print!("{}", calibrate(&SystemClock, Duration::from_millis(target.into()), at_once)?);
            Ok(())
        }
        Command::Openapi => {
            println!("{}", serde_json::to_string_pretty(&adapter_http::openapi(wiring::SUPPORT))?);
            Ok(())
        }
        Command::Config(ConfigCommand::Check) => {
            for warning in Config::load()?.warnings() {
                println!("Warning: {warning}.");
            }
            println!("The configuration is good.");
            Ok(())
        }
    }
}

/// An error and all that caused it, on one line.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| (*error).source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

fn log() -> Result<(), BadConfig> {
    logs::start(Config::operations()?.log, None)
}
