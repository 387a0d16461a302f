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
    organization: OrganizationId,
    permission: Permission,
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

    /// Somebody was refused.
    pub async fn note(&self, act: &Act, organization: OrganizationId, permission: &Permission) -> Result<(), Fault> {
        let denial = Denial { actor: act.actor, organization, permission: permission.clone() };
        {
            let mut folded = self.folded.lock().unwrap_or_else(PoisonError::into_inner);
            match folded.get_mut(&denial) {
                Some(fold) if act.at < fold.since + Self::FOLD => {
                    fold.more += 1;
                    fold.last = act.clone();
                    return Ok(());
                }
                Some(_) => {}
                None => {
                    folded.insert(denial.clone(), Fold { since: act.at, more: 0, last: act.clone() });
                }
            }
        }
        self.write(act, &denial, 1).await
    }

    /// Writes what was folded more than a minute before `at`; a worker calls it, and the end of the server with the end
    /// of time.
    pub async fn flush(&self, at: Time) -> Result<(), Fault> {
        let due: Vec<(Denial, Fold)> = {
            let mut folded = self.folded.lock().unwrap_or_else(PoisonError::into_inner);
            folded.extract_if(|_, fold| fold.since + Self::FOLD <= at).collect()
        };
        for (denial, fold) in due {
            if fold.more > 0 {
                self.write(&fold.last, &denial, fold.more).await?;
            }
        }
        Ok(())
    }

    async fn write(&self, act: &Act, denial: &Denial, times: u32) -> Result<(), Fault> {
        let act = Act { idempotency: None, ..act.clone() };
        let Denial { organization, permission, .. } = denial.clone();
        let unit = UnitOfWork::of(&act, &rbac::Action::Denied { organization, permission, times });
        let written: Result<(), Never> =
            carry_out(self.store.as_ref(), &act, || std::future::ready(Ok(Decided::Done(unit.clone(), ())))).await;
        written.map_err(|Never::Fault(fault)| fault)
    }
}
