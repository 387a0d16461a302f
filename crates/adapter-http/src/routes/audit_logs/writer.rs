use std::collections::HashMap;

use audit::export::{Begin, Line, Manifest, csv, ocsf};
use audit::verify::Placed;
use audit::{Entry, Filter, Head};
use kernel::{AuditId, Fault, OrganizationId, Time, rfc3339};
use serde::Serialize;
use serde_json::json;

use crate::App;

/// Writes entries as text, some after others.
pub(super) enum Writer {
    Csv,
    Ocsf,
    /// Each with its proof against this head.
    Proving {
        checkpoint: String,
        head: Head,
        manifest: Manifest,
    },
}

impl Writer {
    pub fn proving(checkpoint: String, head: Head) -> Self {
        Self::Proving { checkpoint, head, manifest: Manifest::default() }
    }

    pub fn begin(&self, app: &App) -> Result<String, Fault> {
        match self {
            Self::Csv => Ok(csv::row(&csv::HEADER)),
            Self::Ocsf => Ok(String::new()),
            Self::Proving { checkpoint, head, .. } => {
                let key = app.notary.signatories().key_of(&head.origin).to_string();
                line(&Begin { checkpoint: checkpoint.clone(), key })
            }
        }
    }

    pub async fn write(&mut self, app: &App, entries: Vec<Entry>) -> Result<String, Fault> {
        match self {
            Self::Csv => Ok(entries.iter().map(csv::entry).collect()),
            Self::Ocsf => entries.iter().map(|it| line(&ocsf::event(it))).collect(),
            Self::Proving { head, manifest, .. } => {
                let ids: Vec<AuditId> = entries.iter().map(|it| it.id).collect();
                let proofs = app.log.proofs(&ids, head.size).await?.into_iter();
                let mut proofs: HashMap<(AuditId, Time), Placed> =
                    proofs.map(|it| ((it.leaf.entry, it.leaf.at), it)).collect();
                // What was not taken up when this began is in the next export.
                let taken_up =
                    entries.into_iter().filter_map(|entry| Some((proofs.remove(&(entry.id, entry.at))?, entry)));
                let mut text = String::new();
                for (placed, entry) in taken_up {
                    let leaf = placed.leaf.hashes.first().copied();
                    let placed = Placed { entry: Some(entry), ..placed };
                    if let (Some(leaf), Some(written)) = (leaf, Line::of(manifest.lines(), placed)) {
                        manifest.push(leaf);
                        text.push_str(&line(&written)?);
                    }
                }
                Ok(text)
            }
        }
    }

    pub fn end(&self, app: &App, organization: OrganizationId, filter: &Filter) -> Result<String, Fault> {
        match self {
            Self::Csv | Self::Ocsf => Ok(String::new()),
            Self::Proving { head, manifest, .. } => {
                let chosen = json!({
                    "actor": filter.actor, "action": filter.action, "target": filter.target,
                    "from": filter.from.map(rfc3339), "to": filter.to.map(rfc3339),
                });
                line(&manifest.end(&app.notary, &head.origin, organization, &chosen.to_string()))
            }
        }
    }
}

fn line(value: &impl Serialize) -> Result<String, Fault> {
    let text = serde_json::to_string(value).map_err(|error| Fault::Failed(error.into()))?;
    Ok(text + "\n")
}
