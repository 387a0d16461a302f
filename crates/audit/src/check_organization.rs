use std::sync::Arc;

use kernel::{Cursor, Fault, OrganizationId};

use crate::ports::{LeafSealer, Log, Strays};
use crate::verify::{Finding, Report, examine};
use crate::{Head, Notary};

/// Goes through an organization's part of the log, a stretch at a time: each entry is held to its leaf, and each leaf by its
/// proof to what was signed.
pub struct CheckOrganization {
    /// The log.
    pub log: Arc<dyn Log>,
    /// Tells who wrote what waits.
    pub sealer: Arc<dyn LeafSealer>,
    /// Who should have signed it.
    pub notary: Notary,
}

/// What was found in a stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What is wrong.
    pub report: Report,
    /// What it was held to; absent while nothing was signed.
    pub head: Option<Head>,
    /// Where it goes on; absent at the end.
    pub next: Option<Cursor>,
}

/// How far it is.
enum Stage {
    /// Leaves, from this index on.
    Leaves(u64),
    /// Entries that have none.
    Strays(Option<Cursor>),
}

impl CheckOrganization {
    /// Leaves read at a time.
    const BITE: u16 = 500;
    /// Bites in a stretch.
    const BITES: usize = 10;

    /// A stretch of it; a cursor that is not one begins anew.
    pub async fn run(&self, organization: OrganizationId, after: Option<Cursor>) -> Result<Checked, Fault> {
        let note = self.log.dropped().await?;
        let Some(checkpoint) = self.log.checkpoint().await? else {
            let strays = self.log.strays(Some(organization), after).await?;
            let mut report = Report::default();
            return Ok(Checked { next: tell(&mut report, strays), report, head: None });
        };
        let mut report = Report::default();
        let Ok(head) = self.notary.open(&checkpoint) else {
            report.add(Finding::Forged { size: Head::parse(&checkpoint).map_or(0, |it| it.size) });
            return Ok(Checked { report, head: None, next: None });
        };
        let dropped = match note {
            Some(note) => note.proved(self.log.as_ref(), &head, Some(self.sealer.as_ref())).await?,
            None => None,
        };
        let mut stage = Stage::of(after);
        for _ in 0..Self::BITES {
            stage = match stage {
                Stage::Leaves(from) => {
                    let placed = self.log.of(organization, from, head.size, Self::BITE).await?;
                    let may_be_gone = |leaf: &crate::verify::Leaf| dropped.is_some_and(|it| leaf.at < it.before);
                    for finding in examine(&placed, &head, may_be_gone) {
                        report.add(finding);
                    }
                    report.entries += placed.len() as u64;
                    let gone = placed.iter().filter(|it| it.entry.is_none() && may_be_gone(&it.leaf));
                    report.dropped += gone.count() as u64;
                    let personal = placed.iter().filter_map(|it| it.entry.as_ref()).flat_map(|it| &it.personal);
                    report.erased += personal.filter(|it| it.is_erased()).count() as u64;
                    placed.last().map_or(Stage::Strays(None), |it| Stage::Leaves(it.leaf.index + 1))
                }
                Stage::Strays(after) => {
                    let strays = self.log.strays(Some(organization), after).await?;
                    match tell(&mut report, strays) {
                        None => return Ok(Checked { report, head: Some(head), next: None }),
                        next => Stage::Strays(next),
                    }
                }
            };
        }
        Ok(Checked { report, head: Some(head), next: Some(stage.cursor()) })
    }
}

/// Answers where it goes on.
fn tell(report: &mut Report, strays: Strays) -> Option<Cursor> {
    report.waiting += strays.waiting;
    for entry in strays.entries {
        report.add(Finding::Inserted { index: None, entry });
    }
    strays.next
}

impl Stage {
    fn of(cursor: Option<Cursor>) -> Self {
        let Some(Cursor(text)) = cursor else { return Self::Leaves(0) };
        match text.strip_prefix("strays ") {
            Some(rest) => Self::Strays(Some(rest).filter(|it| !it.is_empty()).map(|it| Cursor(it.to_owned()))),
            None => Self::Leaves(text.parse().unwrap_or_default()),
        }
    }

    fn cursor(self) -> Cursor {
        Cursor(match self {
            Self::Leaves(from) => from.to_string(),
            Self::Strays(after) => format!("strays {}", after.map(|it| it.0).unwrap_or_default()),
        })
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::nth;

    use super::*;
    use crate::ports::MockLog;
    use crate::testing::{SumSigner, entry, log, placed};

    fn notary(n: u8) -> Notary {
        Notary { origin: "here".to_owned(), signer: Arc::new(SumSigner(n)) }
    }

    /// A log of 6,000 entries, all of one organization, the tenth of them edited.
    fn check() -> CheckOrganization {
        let (mut leaves, head) = log(6_000);
        leaves[10].1.as_mut().unwrap().action.push('x');
        let (all, checkpoint) = (placed(&leaves), notary(7).sign(&head));
        let mut port = MockLog::new();
        port.expect_checkpoint().returning(move || Ok(Some(checkpoint.clone())));
        port.expect_dropped().returning(|| Ok(None));
        port.expect_of().returning(move |_, from, _, most| {
            let from = usize::try_from(from).unwrap();
            Ok(all[from..all.len().min(from + usize::from(most))].to_vec())
        });
        port.expect_strays().returning(|_, after| {
            let next = after.is_none().then(|| Cursor("more".to_owned()));
            Ok(Strays { entries: vec![entry(7_000).id], waiting: 1, next })
        });
        CheckOrganization { log: Arc::new(port), sealer: Arc::new(SumSigner(7)), notary: notary(7) }
    }

    #[tokio::test]
    async fn all_of_it_is_looked_at_stretch_by_stretch() {
        let check = check();
        let (mut after, mut entries, mut found) = (None, 0, Vec::new());
        loop {
            let Checked { report, head, next } = check.run(nth(3), after).await.unwrap();
            assert_eq!(head.map(|it| it.size), Some(6_000));
            entries += report.entries;
            found.extend(report.findings.iter().map(|it| (it.code(), it.index())));
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(entries, 6_000);
        assert_eq!(found, [("edited", Some(10)), ("inserted", None), ("inserted", None)]);
    }

    #[tokio::test]
    async fn what_others_signed_is_not_believed() {
        let check = CheckOrganization { notary: notary(8), ..check() };
        let checked = check.run(nth(3), None).await.unwrap();
        assert_eq!(checked.report.findings, [Finding::Forged { size: 6_000 }]);
    }

    #[tokio::test]
    async fn before_anything_was_signed_there_is_nothing_to_hold_it_to() {
        let mut port = MockLog::new();
        port.expect_dropped().returning(|| Ok(None));
        port.expect_checkpoint().returning(|| Ok(None));
        port.expect_strays().returning(|_, _| Ok(Strays::default()));
        let check = CheckOrganization { log: Arc::new(port), sealer: Arc::new(SumSigner(7)), notary: notary(7) };
        let checked = check.run(nth(3), None).await.unwrap();
        assert_eq!(checked, Checked { report: Report::default(), head: None, next: None });
    }
}
