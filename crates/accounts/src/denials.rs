use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use kernel::{Act, Actor, Decided, Fault, OrganizationId, Permission, Store, Taken, Time, UnitOfWork, carry_out};

use crate::Change;

/// Writes refusals down: the first at once, equal ones within a minute folded into one counted entry after it.
pub struct Denials {
    store: Arc<dyn Store<Change>>,
    folded: Mutex<HashMap<Denial, Fold>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Denial {
    actor: Actor,
    organization: Option<OrganizationId>,
    permission: Permission,
    reason: &'static str,
}

struct Fold {
    since: Time,
    more: u32,
    last: Act,
}

#[derive(Debug)]
enum Never {
    Fault(Fault),
}

impl From<Fault> for Never {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Taken> for Never {
    fn from(taken: Taken) -> Self {
        Self::Fault(Fault::defect(format!("{} is taken by a refusal", taken.0)))
    }
}

impl Denials {
    const FOLD: TimeDelta = TimeDelta::minutes(1);

    /// None yet.
    #[must_use]
    pub fn new(store: Arc<dyn Store<Change>>) -> Self {
        Self { store, folded: Mutex::default() }
    }

    /// Somebody lacks a permission; in no organization where it concerns the whole installation.
    pub async fn note(
        &self,
        act: &Act,
        organization: Option<OrganizationId>,
        permission: &Permission,
    ) -> Result<(), Fault> {
        self.refuse(act, organization, permission, "permission_denied").await
    }

    /// Somebody was refused for this reason. Only of those whose credential is known, or was good once: of what is made up
    /// there is no end.
    pub async fn refuse(
        &self,
        act: &Act,
        organization: Option<OrganizationId>,
        permission: &Permission,
        reason: &'static str,
    ) -> Result<(), Fault> {
        let denial = Denial { actor: act.actor, organization, permission: permission.clone(), reason };
        let over = {
            let mut folded = self.folded.lock().unwrap_or_else(PoisonError::into_inner);
            match folded.get_mut(&denial) {
                Some(fold) if act.at < fold.since + Self::FOLD => {
                    fold.more += 1;
                    fold.last = act.clone();
                    return Ok(());
                }
                _ => folded.insert(denial.clone(), Fold { since: act.at, more: 0, last: act.clone() }),
            }
        };
        let before = match over {
            Some(fold) => self.write_fold(&denial, &fold).await,
            None => Ok(()),
        };
        before.and(self.write(act, &denial, 1).await)
    }

    /// Writes what was folded more than a minute before `at`; a worker calls it, and the end of the server with the end
    /// of time.
    pub async fn flush(&self, at: Time) -> Result<(), Fault> {
        let due: Vec<(Denial, Fold)> = {
            let mut folded = self.folded.lock().unwrap_or_else(PoisonError::into_inner);
            folded.extract_if(|_, fold| fold.since + Self::FOLD <= at).collect()
        };
        let mut outcome = Ok(());
        for (denial, fold) in due {
            outcome = outcome.and(self.write_fold(&denial, &fold).await);
        }
        outcome
    }

    async fn write_fold(&self, denial: &Denial, fold: &Fold) -> Result<(), Fault> {
        if fold.more == 0 { Ok(()) } else { self.write(&fold.last, denial, fold.more).await }
    }

    /// What can't be written now is folded again, for the next flush.
    async fn write(&self, act: &Act, denial: &Denial, times: u32) -> Result<(), Fault> {
        let act = Act { idempotency: None, ..act.clone() };
        let Denial { organization, permission, reason, .. } = denial.clone();
        let unit = UnitOfWork::of(&act, &rbac::Action::Denied { organization, permission, reason, times });
        let written: Result<(), Never> =
            carry_out(self.store.as_ref(), &act, || std::future::ready(Ok(Decided::Done(unit.clone(), ())))).await;
        written.map_err(|Never::Fault(fault)| {
            let mut folded = self.folded.lock().unwrap_or_else(PoisonError::into_inner);
            let fold = Fold { since: act.at, more: 0, last: act };
            folded.entry(denial.clone()).or_insert(fold).more += times;
            fault
        })
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, Units, act, nth};
    use kernel::{CommitError, Outcome};
    use rbac::system::{AUDIT_VIEW, TEAM_INVITE};

    use super::*;

    fn at(seconds: i64) -> Act {
        let actor = Actor::User { id: nth(50), session: nth(51) };
        Act { at: NOON + TimeDelta::seconds(seconds), request_id: seconds.to_string(), ..act().by(actor) }
    }

    fn denials() -> (Arc<Units<Change>>, Denials) {
        denials_failing([])
    }

    fn denials_failing<const N: usize>(failures: [CommitError; N]) -> (Arc<Units<Change>>, Denials) {
        let store = Arc::new(Units::failing(failures));
        let denials = Denials::new(Arc::<Units<Change>>::clone(&store));
        (store, denials)
    }

    /// What was needed, how often, and by which request at last.
    fn written(store: &Units<Change>) -> Vec<(String, u64, String)> {
        let entries = store.all().into_iter().flat_map(|it| it.evidence.audit);
        entries
            .map(|it| {
                assert_eq!((it.action, it.outcome), ("access.denied", Outcome::Refused("permission_denied")));
                assert_eq!(it.organization, Some(nth(60)));
                (it.target.id, it.public[0].after.as_u64().unwrap(), it.request_id)
            })
            .collect()
    }

    fn entry(permission: &Permission, times: u64, request: &str) -> (String, u64, String) {
        (permission.to_string(), times, request.to_owned())
    }

    #[tokio::test]
    async fn the_first_is_written_at_once_and_equal_ones_are_counted() {
        let (store, denials) = denials();
        for second in [0, 10, 59] {
            denials.note(&at(second), Some(nth(60)), &TEAM_INVITE).await.unwrap();
        }
        assert_eq!(written(&store), [entry(&TEAM_INVITE, 1, "0")]);
        denials.flush(at(59).at).await.unwrap();
        assert_eq!(written(&store).len(), 1);
        denials.flush(at(60).at).await.unwrap();
        assert_eq!(written(&store), [entry(&TEAM_INVITE, 1, "0"), entry(&TEAM_INVITE, 2, "59")]);
        denials.flush(at(600).at).await.unwrap();
        assert_eq!(written(&store).len(), 2);
    }

    #[tokio::test]
    async fn after_the_minute_it_begins_anew_flushed_or_not() {
        let (store, denials) = denials();
        for second in [0, 1, 60, 61, 62] {
            denials.note(&at(second), Some(nth(60)), &TEAM_INVITE).await.unwrap();
        }
        let expected = [entry(&TEAM_INVITE, 1, "0"), entry(&TEAM_INVITE, 1, "1"), entry(&TEAM_INVITE, 1, "60")];
        assert_eq!(written(&store), expected);
        denials.flush(at(120).at).await.unwrap();
        assert_eq!(written(&store)[3..], [entry(&TEAM_INVITE, 2, "62")]);
    }

    #[tokio::test]
    async fn what_differs_is_not_folded() {
        let (store, denials) = denials();
        denials.note(&at(0), Some(nth(60)), &TEAM_INVITE).await.unwrap();
        denials.note(&at(1), Some(nth(60)), &AUDIT_VIEW).await.unwrap();
        denials.note(&at(2).by(Actor::Nobody), Some(nth(60)), &AUDIT_VIEW).await.unwrap();
        assert_eq!(
            written(&store),
            [entry(&TEAM_INVITE, 1, "0"), entry(&AUDIT_VIEW, 1, "1"), entry(&AUDIT_VIEW, 1, "2")]
        );
    }

    #[tokio::test]
    async fn why_it_was_refused_is_told_and_not_folded_with_another_reason() {
        let (store, denials) = denials();
        for (second, reason) in [(0, "expired"), (1, "expired"), (2, "replaced")] {
            denials.refuse(&at(second), None, &TEAM_INVITE, reason).await.unwrap();
        }
        let entries = store.all().into_iter().flat_map(|it| it.evidence.audit);
        let outcomes: Vec<_> = entries.map(|it| it.outcome).collect();
        assert_eq!(outcomes, [Outcome::Refused("expired"), Outcome::Refused("replaced")]);
    }

    #[tokio::test]
    async fn the_end_of_time_flushes_everything() {
        let (store, denials) = denials();
        denials.note(&at(0), Some(nth(60)), &TEAM_INVITE).await.unwrap();
        denials.note(&at(1), Some(nth(60)), &TEAM_INVITE).await.unwrap();
        denials.flush(Time::MAX_UTC).await.unwrap();
        assert_eq!(written(&store).len(), 2);
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_not_lost() {
        let fault = || CommitError::Fault(Fault::Contended);
        let (store, denials) = denials_failing([fault(), fault()]);
        assert!(denials.note(&at(0), Some(nth(60)), &TEAM_INVITE).await.is_err());
        denials.note(&at(1), Some(nth(60)), &TEAM_INVITE).await.unwrap();
        assert!(denials.flush(at(60).at).await.is_err());
        denials.flush(at(120).at).await.unwrap();
        assert_eq!(written(&store)[2..], [entry(&TEAM_INVITE, 2, "1")]);
    }

    #[tokio::test]
    async fn a_denial_of_a_repeated_request_is_not_remembered_as_its_answer() {
        let (store, denials) = denials();
        let idempotency =
            kernel::Idempotency { key: kernel::Secret::new("k"), scope: "POST /x".into(), request: [0; 32] };
        let act = Act { idempotency: Some(idempotency), ..at(0) };
        denials.note(&act, Some(nth(60)), &TEAM_INVITE).await.unwrap();
        assert_eq!(store.only().once, None);
    }
}
