use chrono::DateTime;
use kernel::{Fault, Time};
use serde_json::Value;

use super::Placed;
use crate::ports::{LeafSealer, Log};
use crate::{Action, Author, Entry, Head, Waiting};

/// Entries that retention has dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Those before this moment.
    pub before: Time,
    /// How many in all.
    pub entries: u64,
}

/// The entry that tells of it.
#[derive(Clone, Debug, PartialEq)]
pub struct DropNote {
    /// Which.
    pub entry: Entry,
    /// Its leaf, where the log has not taken it up yet.
    pub waiting: Option<Waiting>,
}

impl Dropped {
    /// What an entry tells of it; `None` where it tells of something else.
    #[must_use]
    pub fn told_by(entry: &Entry) -> Option<Self> {
        let said = |key: &str| entry.public.iter().find(|it| it.key == key).map(|it| &it.after);
        let before = said("before").and_then(Value::as_str).and_then(|it| DateTime::parse_from_rfc3339(it).ok());
        let (before, entries) = before.zip(said("entries").and_then(Value::as_u64))?;
        (entry.action == Action::DROPPED).then_some(Self { before: before.to_utc(), entries })
    }
}

impl DropNote {
    /// What it tells, where the log proves it against this head, which must have been read after it; or, where it still waits,
    /// where this installation wrote it. Without the secret nobody can tell that, and it is not believed.
    pub(crate) async fn proved(
        self,
        log: &dyn Log,
        head: &Head,
        sealer: Option<&dyn LeafSealer>,
    ) -> Result<Option<Dropped>, Fault> {
        let dropped = Dropped::told_by(&self.entry);
        let proved = if let Some(it) = &self.waiting {
            it.is_of(&self.entry) && sealer.is_some_and(|by| it.author(by) == Author::Ours)
        } else {
            let placed = log.proofs(&[self.entry.id], head.size).await?.pop();
            placed.is_some_and(|it| Placed { entry: Some(self.entry), ..it }.is_as_signed(head))
        };
        Ok(dropped.filter(|_| proved))
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::NOON;
    use serde_json::json;

    use super::*;
    use crate::Detail;
    use crate::ports::MockLog;
    use crate::testing::{SumSigner, entry, log_of, placed};

    fn note() -> Entry {
        let said = |key: &str, after: Value| Detail { key: key.to_owned(), before: Value::Null, after };
        Entry {
            action: Action::DROPPED.to_owned(),
            public: vec![said("before", json!(kernel::rfc3339(NOON))), said("entries", json!(7))],
            ..entry(4)
        }
    }

    const SEVEN: Option<Dropped> = Some(Dropped { before: NOON, entries: 7 });

    #[test]
    fn only_such_an_entry_tells_of_it() {
        assert_eq!(Dropped::told_by(&note()), SEVEN);
        assert_eq!(Dropped::told_by(&Entry { action: "user.created".to_owned(), ..note() }), None);
        assert_eq!(Dropped::told_by(&Entry { public: Vec::new(), ..note() }), None);
    }

    #[tokio::test]
    async fn a_note_is_believed_where_the_log_proves_it() {
        let (leaves, head) = log_of(vec![entry(1), entry(2), entry(3), note(), entry(5)]);
        let proof = Placed { entry: None, ..placed(&leaves).swap_remove(3) };
        let believed = async |entry: Entry, proofs: Vec<Placed>| {
            let mut port = MockLog::new();
            port.expect_proofs().returning(move |_, _| Ok(proofs.clone()));
            DropNote { entry, waiting: None }.proved(&port, &head, None).await.unwrap()
        };
        assert_eq!(believed(note(), vec![proof.clone()]).await, SEVEN);
        assert_eq!(believed(note(), Vec::new()).await, None, "it stands nowhere");
        let mut more = note();
        more.public[1].after = json!(8);
        assert_eq!(believed(more, vec![proof]).await, None, "it was edited");
    }

    #[tokio::test]
    async fn a_note_that_waits_is_believed_where_this_installation_wrote_it() {
        let (port, head) = (MockLog::new(), log_of(Vec::new()).1);
        let believed = async |entry: Entry, leaf: &Entry, sealer: Option<&dyn LeafSealer>| {
            let waiting = Some(Waiting::sealed(leaf, &SumSigner(7)));
            DropNote { entry, waiting }.proved(&port, &head, sealer).await.unwrap()
        };
        assert_eq!(believed(note(), &note(), Some(&SumSigner(7))).await, SEVEN);
        assert_eq!(believed(note(), &note(), Some(&SumSigner(8))).await, None);
        assert_eq!(believed(note(), &note(), None).await, None);
        let made_of_another = Entry { action: "user.created".to_owned(), ..note() };
        assert_eq!(believed(note(), &made_of_another, Some(&SumSigner(7))).await, None);
    }
}
