use kernel::{AuditId, Time};

use super::{Finding, Placed, Report, examine};
use crate::Head;
use crate::export::{Begin, End, Line, Manifest};
use crate::note::{self, Standing, VerifierKey};
use crate::ports::Verifier;

/// Goes through an export, line by line, and holds it to what was signed.
pub struct ExportCheck<'a> {
    verifier: &'a dyn Verifier,
    /// Whom to believe; absent, whoever the export names.
    key: Option<VerifierKey>,
    /// A checkpoint that somebody kept elsewhere.
    known: Option<Head>,
    head: Option<Head>,
    lines: Manifest,
    /// How many lines are missing between those that are there.
    missing: u64,
    last: Option<(Time, AuditId)>,
    ended: bool,
    report: Report,
}

/// Why something can't be looked at as an export.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadExport {
    /// It is not JSON Lines as we write them.
    #[error("line {0} is not a line of an export")]
    Line(u64),
    /// It is proved against a checkpoint of another size than the one at hand.
    #[error("the export is proved against a checkpoint of {export} entries, and the one at hand tells of {known}")]
    OtherCheckpoint {
        /// The export's.
        export: u64,
        /// The one at hand.
        known: u64,
    },
}

impl<'a> ExportCheck<'a> {
    /// To be held to this key, where one is at hand, and to this checkpoint.
    #[must_use]
    pub fn new(verifier: &'a dyn Verifier, key: Option<VerifierKey>, known: Option<Head>) -> Self {
        Self {
            verifier,
            key,
            known,
            head: None,
            lines: Manifest::default(),
            missing: 0,
            last: None,
            ended: false,
            report: Report::default(),
        }
    }

    /// The next line.
    pub fn line(&mut self, text: &str) -> Result<(), BadExport> {
        let number = self.lines.lines() + 1 + u64::from(self.head.is_some()) + u64::from(self.ended);
        let bad = || BadExport::Line(number);
        if self.ended {
            return Err(bad());
        }
        let Some(head) = &self.head else {
            let begin: Begin = serde_json::from_str(text).map_err(|_| bad())?;
            let head = Head::of_log(&begin.checkpoint).ok_or_else(bad)?;
            if self.key.is_none() {
                self.key = Some(VerifierKey::parse(&begin.key).ok_or_else(bad)?);
            }
            self.hold_to_key(&begin.checkpoint, head.size, None);
            self.hold_to_known(&head)?;
            self.head = Some(head);
            return Ok(());
        };
        if let Ok(end) = serde_json::from_str::<End>(text) {
            let manifest = end.read(&head.origin).ok_or_else(bad)?;
            self.end(&end.manifest, &manifest);
            return Ok(());
        }
        let line: Line = serde_json::from_str(text).map_err(|_| bad())?;
        let stated = line.line;
        let placed = line.read().ok_or_else(bad)?;
        let findings = look_at(&placed, head);
        self.hold_to_order(stated, &placed);
        for finding in findings {
            self.report.add(finding);
        }
        self.report.entries += 1;
        let personal = placed.entry.iter().flat_map(|it| &it.personal);
        self.report.erased += personal.filter(|it| it.is_erased()).count() as u64;
        if let Some(leaf) = placed.leaf.hashes.first() {
            self.lines.push(*leaf);
        }
        Ok(())
    }

    /// What was found.
    #[must_use]
    pub fn finish(mut self) -> Report {
        if !self.ended {
            self.report.add(Finding::Cut { from: self.lines.lines(), to: None });
        }
        self.report
    }

    /// By its own name, or by another.
    fn hold_to_key(&mut self, signed: &str, size: u64, name: Option<&str>) {
        let named = |it: &VerifierKey| it.named(name.unwrap_or(&it.name).to_owned());
        let key = self.key.as_ref().map(named);
        if note::standing(signed, key.as_slice(), self.verifier) != Standing::Signed {
            self.report.add(Finding::Forged { size });
        }
    }

    fn hold_to_known(&mut self, head: &Head) -> Result<(), BadExport> {
        match &self.known {
            Some(known) if known.size != head.size => {
                Err(BadExport::OtherCheckpoint { export: head.size, known: known.size })
            }
            Some(known) if known.root != head.root => {
                self.report.add(Finding::Rewritten { from: 0, to: head.size });
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The newest come first, and none is missing between them.
    fn hold_to_order(&mut self, stated: u64, placed: &Placed) {
        let (index, entry) = (placed.leaf.index, placed.leaf.entry);
        let next = self.lines.lines() + self.missing;
        for missing in next..stated.min(next + 100) {
            self.report.add(Finding::Removed { index: missing, entry: None });
        }
        self.missing += stated.saturating_sub(next);
        let this = (placed.leaf.at, entry);
        match self.last {
            Some(last) if last == this => self.report.add(Finding::Inserted { index: Some(index), entry }),
            Some(last) if last < this => self.report.add(Finding::Reordered { index, entry }),
            _ => {}
        }
        self.last = Some(this);
    }

    fn end(&mut self, signed: &str, manifest: &Head) {
        self.ended = true;
        self.hold_to_key(signed, manifest.size, Some(&manifest.origin));
        let lines = self.lines.lines();
        if lines + self.missing < manifest.size {
            self.report.add(Finding::Cut { from: lines, to: Some(manifest.size) });
        }
        let same = lines == manifest.size && self.lines.root() == manifest.root;
        if !same && self.report.is_good() {
            self.report.add(Finding::Rewritten { from: 0, to: lines });
        }
    }
}

/// What is wrong with one line. One that states a leaf which the log does not have was made up.
fn look_at(placed: &Placed, head: &Head) -> Vec<Finding> {
    if !placed.stands(head) {
        return vec![Finding::Inserted { index: Some(placed.leaf.index), entry: placed.leaf.entry }];
    }
    examine(std::slice::from_ref(placed), head, |_| true)
}

#[cfg(test)]
mod tests;
