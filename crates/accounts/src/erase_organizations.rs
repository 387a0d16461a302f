use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{Act, Decided, FileStore, Store, UnitOfWork, carry_out};
use tenancy::ports::Organizations;
use tenancy::{Organization, RestoreOrganization};

use crate::{Change, Error};

/// How long what nobody can have back any more still waits: longer than a request takes that was in time to have it back, and
/// than the clocks of nodes differ. So a picture can go before its name does, and is missed by nobody.
pub(crate) const GRACE: TimeDelta = TimeDelta::minutes(1);

/// Erases the deleted organizations whose time to be restored is over.
pub struct EraseOrganizations {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which organizations there are.
    pub organizations: Arc<dyn Organizations>,
    /// Where their logos are.
    pub files: Arc<dyn FileStore>,
}

impl EraseOrganizations {
    const AT_ONCE: u8 = 20;

    /// Whether there were any. Each is a unit of its own; of two that erase the same one, one finds it erased.
    pub async fn run(&self, act: &Act) -> Result<bool, Error> {
        let before = act.at - RestoreOrganization::WINDOW - GRACE;
        let due = self.organizations.to_erase(before, Self::AT_ONCE).await?;
        let mut outcome = Ok(!due.is_empty());
        for organization in due {
            // One that can't be erased holds up no other.
            if let Err(error) = self.erase(act, &organization).await {
                outcome = Err(error);
            }
        }
        outcome
    }

    async fn erase(&self, act: &Act, due: &Organization) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let found = self.organizations.deleted(due.id).await?;
            // Restored, or deleted anew, or erased meanwhile.
            let Some(organization) = found.filter(|it| it.deleted_at == due.deleted_at) else {
                return Ok(Decided::Nothing(()));
            };
            // Before the name is gone: where the file can't be removed now, it is tried again.
            if let Some(logo) = &organization.logo {
                self.files.remove(logo).await?;
            }
            let unit: UnitOfWork<Change> = tenancy::rules::erase(act, &organization).widen();
            Ok(Decided::Done(unit, ()))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, Units, act, nth};
    use kernel::{CommitError, Fault, FileName, MockFileStore};
    use tenancy::ports::MockOrganizations;
    use tenancy::testing::acme;

    use super::*;

    fn deleted(id: u64) -> Organization {
        Organization { deleted_at: Some(NOON - TimeDelta::days(30)), ..acme(nth(id)) }
    }

    fn logo() -> FileName {
        FileName::fresh(&act(), "logos", "png")
    }

    /// These are due, and so they are when it is looked again, one state after the other.
    async fn erase(
        store: &Arc<Units<Change>>,
        due: Vec<Organization>,
        mut now: Vec<Vec<Organization>>,
    ) -> Result<bool, Error> {
        let mut organizations = MockOrganizations::new();
        organizations
            .expect_to_erase()
            .times(1)
            .withf(|before, most| (*before, *most) == (NOON - TimeDelta::days(30) - TimeDelta::minutes(1), 20))
            .return_once(|_, _| Ok(due));
        organizations.expect_deleted().returning(move |id| {
            let now = if now.len() > 1 { now.remove(0) } else { now[0].clone() };
            Ok(now.into_iter().find(|it| it.id == id))
        });
        let mut files = MockFileStore::new();
        files.expect_remove().withf(|it| *it == logo()).times(..=1).returning(|_| Ok(()));
        files.expect_remove().returning(|_| Err(Fault::Contended));
        let (organizations, files) = (Arc::new(organizations), Arc::new(files));
        EraseOrganizations { store: Arc::<Units<Change>>::clone(store), organizations, files }.run(&act()).await
    }

    fn erased(store: &Units<Change>) -> Vec<String> {
        store.all().iter().map(|it| it.evidence.audit[0].target.id.clone()).collect()
    }

    #[tokio::test]
    async fn where_none_is_due_nothing_is_done() {
        let store = Arc::default();
        assert!(!erase(&store, vec![], vec![vec![]]).await.unwrap());
        assert_eq!(store.all(), []);
    }

    #[tokio::test]
    async fn each_is_erased_in_a_unit_of_its_own() {
        let (store, due) = (Arc::default(), vec![deleted(60), deleted(61)]);
        assert!(erase(&store, due.clone(), vec![due]).await.unwrap());
        assert_eq!(erased(&store), [60, 61].map(|n| nth::<kernel::OrganizationId>(n).to_string()));
        let erase = Change::Tenancy(tenancy::Change::Erase(nth(60)));
        assert_eq!(store.all()[0].changes[0], erase);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_restored_meanwhile_stays_and_the_others_do_not() {
        let again = Organization { deleted_at: Some(NOON), ..deleted(60) };
        for now in [vec![deleted(61)], vec![again, deleted(61)]] {
            let store = Arc::new(Units::failing([CommitError::Stale]));
            // Restored just before the commit, which is stale then.
            let states = vec![vec![deleted(60)], now];
            assert!(erase(&store, vec![deleted(60), deleted(61)], states).await.unwrap());
            assert_eq!(erased(&store)[1..], [nth::<kernel::OrganizationId>(61).to_string()]);
        }
    }

    #[tokio::test]
    async fn one_whose_logo_cant_be_removed_waits() {
        let with_logo = |id| Organization { logo: Some(logo()), ..deleted(id) };
        let (store, due) = (Arc::default(), vec![with_logo(60), with_logo(61)]);
        let outcome = erase(&store, due.clone(), vec![due]).await;
        assert!(matches!(outcome, Err(Error::Fault(Fault::Contended))), "{outcome:?}");
        assert_eq!(erased(&store), [nth::<kernel::OrganizationId>(60).to_string()]);
    }
}
