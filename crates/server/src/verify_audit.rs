//! Whether the audit log, or an export of it, is what was signed.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adapter_crypto::{CheckpointVerifier, RandomIds};
use adapter_postgres::Database;
use audit::note::VerifierKey;
use audit::verify::{ExportCheck, Report};
use audit::{CheckLog, Head, Signatories};
use kernel::Ids;

use crate::config::Config;
use crate::foundation::{Reached, Secrets};
use crate::serve::Trouble;

/// A checkpoint that somebody kept.
pub fn read_checkpoint(path: &Path) -> Result<Head, Trouble> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Head::of_log(&text).ok_or_else(|| format!("{} is no checkpoint", path.display()).into())
}

/// The key that should have signed.
pub fn read_key(text: &str) -> Result<VerifierKey, Trouble> {
    VerifierKey::parse(text).ok_or_else(|| format!("{text:?} is no key; GET /audit-logs/checkpoint tells it").into())
}

/// Goes through the whole log, and changes nothing. With a key it needs no secret; then what waits can't be told from what is
/// forged.
pub async fn of_database(known: Option<Head>, key: Option<VerifierKey>) -> Result<(), Trouble> {
    let config = if key.is_some() { Config::load_without_secret()? } else { Config::load()? };
    // To look makes nothing.
    if config.database_url.is_none() && !config.data_dir.join("secret_key").exists() {
        return Err(format!("there is no installation in {}", config.data_dir.display()).into());
    }
    let reached = Reached::reach(&config).await?;
    let done = async {
        let database = Database::connect(reached.url.expose(), 1).await?;
        let check = match &key {
            Some(it) => {
                let verifier = Arc::new(CheckpointVerifier);
                let signatories = Signatories { key: it.key, former: Vec::new(), verifier };
                CheckLog { log: Arc::new(database), sealer: None, signatories }
            }
            None => with_secret(database, &config)?,
        };
        look(&check, known, key).await
    }
    .await;
    let left = reached.leave().await;
    done?;
    left
}

fn with_secret(database: Database, config: &Config) -> Result<CheckLog, Trouble> {
    let ids: Arc<dyn Ids> = Arc::new(RandomIds::default());
    let Secrets { leaves, notary, .. } = Secrets::of(config, &ids)?;
    Ok(CheckLog { log: Arc::new(database), sealer: Some(leaves), signatories: notary.signatories() })
}

async fn look(check: &CheckLog, known: Option<Head>, key: Option<VerifierKey>) -> Result<(), Trouble> {
    let (report, head) = check.run(known.as_slice()).await?;
    let Some(head) = head else {
        println!("The log has taken up nothing yet.");
        return tell(&report);
    };
    let names = [("checkpoint", known.map(|it| it.origin)), ("key", key.map(|it| it.name))];
    for (what, name) in names {
        if let Some(name) = name.filter(|it| *it != head.origin) {
            return Err(format!("the {what} is of the log {name}, and this is {}", head.origin).into());
        }
    }
    println!("The log {} tells of {} entries: {}", head.origin, head.size, head.root);
    println!("Its key is {}", check.signatories.key_of(&head.origin));
    tell(&report)
}

/// Goes through exports, which need neither server nor database.
pub fn of_exports(paths: &[PathBuf], key: Option<&VerifierKey>, known: Option<&Head>) -> Result<(), Trouble> {
    let mut outcome = Ok(());
    for path in paths {
        println!("{}", path.display());
        if key.is_none() {
            println!("Without --key it is held to the key that it names itself.");
        }
        let report =
            of_export(path, key.cloned(), known.cloned()).map_err(|error| format!("{}: {error}", path.display()))?;
        outcome = tell(&report).and(outcome);
    }
    outcome
}

fn of_export(path: &Path, key: Option<VerifierKey>, known: Option<Head>) -> Result<Report, Trouble> {
    let mut check = ExportCheck::new(&CheckpointVerifier, key, known);
    for line in BufReader::new(File::open(path)?).lines() {
        check.line(&line?)?;
    }
    Ok(check.finish())
}

/// Everything that is wrong, a line each; that something is makes the command fail.
fn tell(report: &Report) -> Result<(), Trouble> {
    let Report { entries, dropped, erased, waiting, findings, more } = report;
    println!(
        "{entries} entries were looked at ({dropped} of them old enough to be gone), and {erased} erased details."
    );
    if *waiting > 0 {
        println!("{waiting} wait to be taken up: nothing proves them yet.");
    }
    for finding in findings {
        println!("{finding}");
    }
    if *more > 0 {
        println!("and {more} more");
    }
    if !report.is_good() {
        return Err("the audit log is not what was signed".into());
    }
    println!("All of it is what was signed.");
    Ok(())
}
