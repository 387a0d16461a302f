use std::sync::Arc;

use kernel::Fault;

use crate::note::Standing;
use crate::ports::{LeafSealer, Log, Strays, WaitingPage};
use crate::verify::{Dropped, Report, Sworn, Walk};
use crate::{Head, Signatories};

/// Goes through the whole log.
pub struct CheckLog {
    /// The log.
    pub log: Arc<dyn Log>,
    /// Tells who wrote what waits, where the installation's secret is known.
    pub sealer: Option<Arc<dyn LeafSealer>>,
    /// Who should have signed it.
    pub signatories: Signatories,
}

impl CheckLog {
    /// Leaves read at a time.
    const BITE: u16 = 1_000;

    /// What is wrong with it, and what it came to when it was looked at. `known` are heads that somebody kept elsewhere.
    pub async fn run(&self, known: &[Head]) -> Result<(Report, Option<Head>), Fault> {
        let mut walk = self.begin(known).await?;
        let (mut newest, mut waited_for) = (None, None);
        loop {
            let leaves = self.log.leaves(walk.size(), Self::BITE).await?;
            // Read after them, it tells of all of them.
            let checkpoint = self.log.checkpoint().await?;
            newest = checkpoint.and_then(|it| self.sworn(&it)).or(newest);
            let size = newest.as_ref().map(|it| it.head.size);
            if let Some(newest) = &newest {
                walk.swear(newest.clone());
            }
            if leaves.iter().any(|(leaf, entry)| entry.is_none() && !walk.excuses(leaf)) {
                // Retention goes on meanwhile, and tells of it in the same step.
                walk.drop(self.dropped().await?);
            }
            if !leaves.iter().all(|(leaf, entry)| walk.leaf(leaf, entry.as_ref())) {
                break;
            }
            if leaves.is_empty() {
                // What was signed a moment ago is looked for once more.
                if size <= Some(walk.size()) || waited_for == size {
                    break;
                }
                waited_for = size;
            }
        }
        self.look_at_strays(&mut walk).await?;
        if newest.is_some() {
            self.look_at_waiting(&mut walk).await?;
        }
        Ok((walk.finish(), newest.map(|it| it.head)))
    }

    /// With all that it is to be held to.
    async fn begin(&self, known: &[Head]) -> Result<Walk, Fault> {
        let kept = self.log.checkpoints().await?;
        let elsewhere = known.iter().map(|it| Sworn { head: it.clone(), standing: Standing::Signed, kept: false });
        let mut walk = Walk::new(kept.iter().filter_map(|it| self.sworn(it)).chain(elsewhere).collect());
        walk.drop(self.dropped().await?);
        for it in kept.iter().filter(|it| Head::of_log(it).is_none()) {
            walk.no_checkpoint(it);
        }
        Ok(walk)
    }

    /// What retention has dropped until now, as far as that can be believed.
    async fn dropped(&self) -> Result<Option<Dropped>, Fault> {
        let Some(note) = self.log.dropped().await? else { return Ok(None) };
        let newest = self.log.checkpoint().await?.and_then(|it| self.sworn(&it));
        match newest.filter(|it| it.standing == Standing::Signed) {
            Some(newest) => note.proved(self.log.as_ref(), &newest.head, self.sealer.as_deref()).await,
            None => Ok(None),
        }
    }

    async fn look_at_strays(&self, walk: &mut Walk) -> Result<(), Fault> {
        let mut after = None;
        loop {
            let Strays { entries, waiting, next } = self.log.strays(None, after).await?;
            walk.wait(waiting);
            for entry in entries {
                walk.stray(entry);
            }
            after = next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn look_at_waiting(&self, walk: &mut Walk) -> Result<(), Fault> {
        let mut after = None;
        loop {
            let WaitingPage { waits, next } = self.log.waiting(after).await?;
            for it in waits.iter().filter(|it| it.is_wrong(self.sealer.as_deref())) {
                walk.stray(it.waiting.entry);
            }
            after = next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    fn sworn(&self, checkpoint: &str) -> Option<Sworn> {
        self.signatories.read(checkpoint).map(|(head, standing)| Sworn { head, standing, kept: true })
    }
}

#[cfg(test)]
mod tests {
    use mockall::Sequence;

    use super::*;
    use crate::ports::MockLog;
    use crate::testing::{SumSigner, entry, log};
    use crate::verify::Finding;
    use crate::{Notary, Waiting, Waits};

    fn notary() -> Notary {
        Notary { origin: "here".to_owned(), signer: Arc::new(SumSigner(7)) }
    }

    fn check(log: MockLog) -> CheckLog {
        CheckLog { log: Arc::new(log), sealer: None, signatories: notary().signatories() }
    }

    /// A log that grows from five entries to nine while it is looked at.
    fn growing() -> MockLog {
        let mut port = MockLog::new();
        let ((five, small), (nine, large)) = (log(5), log(9));
        let (small, large) = (notary().sign(&small), notary().sign(&large));
        let kept = small.clone();
        port.expect_checkpoints().returning(move || Ok(vec![kept.clone()]));
        port.expect_dropped().returning(|| Ok(None));
        let mut turns = Sequence::new();
        port.expect_leaves().once().in_sequence(&mut turns).returning(move |_, _| Ok(five.clone()));
        port.expect_checkpoint().once().in_sequence(&mut turns).returning(move || Ok(Some(small.clone())));
        port.expect_leaves().once().in_sequence(&mut turns).returning(|_, _| Ok(Vec::new()));
        port.expect_checkpoint().returning(move || Ok(Some(large.clone())));
        port.expect_leaves().returning(move |from, _| Ok(nine[usize::try_from(from).unwrap()..].to_vec()));
        port
    }

    #[tokio::test]
    async fn a_log_may_grow_while_it_is_looked_at() {
        let mut port = growing();
        port.expect_strays().returning(|_, _| Ok(Strays::default()));
        port.expect_waiting().returning(|_| Ok(WaitingPage::default()));
        let (report, head) = check(port).run(&[log(3).1]).await.unwrap();
        assert_eq!((report, head), (Report { entries: 9, ..Report::default() }, Some(log(9).1)));
    }

    #[tokio::test]
    async fn what_the_log_does_not_know_is_looked_for_to_the_end() {
        let mut port = growing();
        port.expect_waiting().returning(|_| Ok(WaitingPage::default()));
        let cursor = || kernel::Cursor("more".to_owned());
        port.expect_strays().returning(move |_, after| {
            let next = after.is_none().then(cursor);
            Ok(Strays { entries: if after.is_some() { vec![entry(99).id] } else { Vec::new() }, waiting: 2, next })
        });
        let (report, _) = check(port).run(&[]).await.unwrap();
        assert_eq!(report.findings, [Finding::Inserted { index: None, entry: entry(99).id }]);
        assert_eq!(report.waiting, 4, "nothing proves them yet");
    }

    #[tokio::test]
    async fn what_waits_and_is_forged_is_named() {
        let mut port = growing();
        port.expect_strays().returning(|_, _| Ok(Strays { waiting: 1, ..Strays::default() }));
        port.expect_waiting().returning(|after| {
            let next = after.is_none().then(|| kernel::Cursor("more".to_owned()));
            let n = if after.is_none() { 77 } else { 78 };
            let waiting = Waiting { seal: None, ..Waiting::sealed(&entry(n), &SumSigner(7)) };
            Ok(WaitingPage { waits: vec![Waits { waiting, entry: Some(entry(n)), taken_up: false }], next })
        });
        let check = CheckLog { sealer: Some(Arc::new(SumSigner(7))), ..check(port) };
        let (report, _) = check.run(&[]).await.unwrap();
        let inserted = |n| Finding::Inserted { index: None, entry: entry(n).id };
        assert_eq!(report.findings, [inserted(77), inserted(78)]);
    }

    #[tokio::test]
    async fn a_leaf_beyond_all_that_was_signed_ends_it() {
        let mut port = MockLog::new();
        let (mut leaves, head) = log(4);
        let far = 1 << 62;
        leaves.push((crate::verify::Leaf { index: far, ..leaves[3].0.clone() }, None));
        let checkpoint = notary().sign(&head);
        port.expect_checkpoints().returning(|| Ok(vec!["none".to_owned()]));
        port.expect_checkpoint().returning(move || Ok(Some(checkpoint.clone())));
        port.expect_dropped().returning(|| Ok(None));
        port.expect_leaves().once().returning(move |_, _| Ok(leaves.clone()));
        port.expect_strays().returning(|_, _| Ok(Strays::default()));
        port.expect_waiting().returning(|_| Ok(WaitingPage::default()));
        let (report, _) = check(port).run(&[]).await.unwrap();
        let beyond = Finding::Inserted { index: Some(far), entry: entry(4).id };
        assert_eq!(report.findings, [Finding::Forged { size: 0 }, beyond]);
    }

    #[tokio::test]
    async fn a_missing_end_is_waited_for_once() {
        let mut port = MockLog::new();
        let ((leaves, _), (_, head)) = (log(4), log(9));
        let checkpoint = notary().sign(&head);
        let newest = checkpoint.clone();
        port.expect_checkpoints().returning(move || Ok(vec![checkpoint.clone()]));
        port.expect_checkpoint().returning(move || Ok(Some(newest.clone())));
        port.expect_dropped().returning(|| Ok(None));
        port.expect_leaves().returning(move |from, _| Ok(leaves[usize::try_from(from).unwrap()..].to_vec()));
        port.expect_strays().returning(|_, _| Ok(Strays::default()));
        port.expect_waiting().returning(|_| Ok(WaitingPage::default()));
        let (report, _) = check(port).run(&[]).await.unwrap();
        assert_eq!(report.findings, [Finding::Cut { from: 4, to: Some(9) }]);
    }
}
