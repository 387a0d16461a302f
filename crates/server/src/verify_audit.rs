//! Whether the audit log, or an export of it, is what was signed.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use adapter_crypto::CheckpointVerifier;
use audit::Head;
use audit::note::VerifierKey;
use audit::verify::{ExportCheck, Report};

use crate::commands::on_foundation;
use crate::config::Config;
use crate::serve::Trouble;

/// A checkpoint that somebody kept.
pub fn read_checkpoint(path: &Path) -> Result<Head, Trouble> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Head::of_log(&text).ok_or_else(|| format!("{} is no checkpoint", path.display()).into())
}

/// Goes through the whole log.
pub async fn of_database(known: Option<Head>) -> Result<(), Trouble> {
    let config = Config::load()?;
    on_foundation(&config, async |foundation| {
        let check = foundation.check_log();
        let (report, head) = check.run(known.as_slice()).await?;
        match (&head, &known) {
            (Some(head), Some(known)) if head.origin != known.origin => {
                return Err(
                    format!("the checkpoint is of the log {}, and this is {}", known.origin, head.origin).into()
                );
            }
            (Some(head), _) => {
                println!("The log {} tells of {} entries: {}", head.origin, head.size, head.root);
                println!("Its key is {}", check.notary.key_of(&head.origin));
            }
            (None, _) => println!("The log has taken up nothing yet."),
        }
        tell(&report)
    })
    .await
}

/// Goes through exports, which need neither server nor database.
pub fn of_exports(paths: &[PathBuf], key: Option<&str>, known: Option<&Head>) -> Result<(), Trouble> {
    let bad = || format!("{:?} is no key; GET /audit-logs/checkpoint tells it", key.unwrap_or_default());
    let key = key.map(|it| VerifierKey::parse(it).ok_or_else(bad)).transpose()?;
    let mut outcome = Ok(());
    for path in paths {
        println!("{}", path.display());
        if key.is_none() {
            println!("Without --key it is held to the key that it names itself.");
        }
        let report =
            of_export(path, key.clone(), known.cloned()).map_err(|error| format!("{}: {error}", path.display()))?;
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
    let Report { entries, dropped, erased, findings, more } = report;
    println!(
        "{entries} entries were looked at ({dropped} of them old enough to be gone), and {erased} erased details."
    );
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
