use std::sync::Arc;

use kernel::{Act, Decided, Store, UnitOfWork, Write, carry_out};

use crate::model::Service;
use crate::ports::Catalogue;
use crate::{Action, Change, Error, catalogue};

/// Puts the seven services into a catalogue that holds none.
pub struct InstallCatalogue {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// What there is.
    pub catalogue: Arc<dyn Catalogue>,
}

impl InstallCatalogue {
    /// How many were put in: nothing where there is anything. Of several nodes starting at once one does it.
    pub async fn run(&self, act: &Act) -> Result<usize, Error> {
        let installed = carry_out(self.store.as_ref(), act, || async {
            let missing = if self.catalogue.services().await?.is_empty() { catalogue::initial() } else { Vec::new() };
            let count = missing.len();
            match missing.into_iter().map(|it| install(act, it)).reduce(UnitOfWork::and) {
                Some(unit) => Ok(Decided::Done(unit, count)),
                None => Ok(Decided::Nothing(0)),
            }
        })
        .await;
        match installed {
            Err(Error::ServiceTaken) => Ok(0),
            other => other,
        }
    }
}

fn install(act: &Act, service: Service) -> UnitOfWork<Change> {
    UnitOfWork::of(act, &Action::ServiceInstalled(service.code.clone())).change(Change::Service(Write::Add(service)))
}

#[cfg(test)]
mod tests {
    use kernel::testing::{Units, act};
    use kernel::{CommitError, Taken};

    use super::*;
    use crate::ports::MockCatalogue;
    use crate::testing::sms_gateway;

    async fn install(store: &Arc<Units<Change>>, there: Vec<Service>) -> Result<usize, Error> {
        let mut catalogue = MockCatalogue::new();
        catalogue.expect_services().returning(move || Ok(there.clone()));
        let store: Arc<dyn Store<Change>> = Arc::<Units<Change>>::clone(store);
        InstallCatalogue { store, catalogue: Arc::new(catalogue) }.run(&act()).await
    }

    #[tokio::test]
    async fn an_empty_catalogue_gets_all_services_at_once() {
        let store = Arc::default();
        assert_eq!(install(&store, vec![]).await.unwrap(), 7);
        let unit = store.only();
        let added: Vec<_> = catalogue::initial().into_iter().map(|it| Change::Service(Write::Add(it))).collect();
        assert_eq!(unit.changes, added);
        let targets: Vec<_> = unit.evidence.audit.iter().map(|it| (it.action, it.target.id.clone())).collect();
        let expected: Vec<_> =
            catalogue::initial().iter().map(|it| ("service.installed", it.code.to_string())).collect();
        assert_eq!(targets, expected);
    }

    #[tokio::test]
    async fn where_there_is_anything_nothing_is_put_in() {
        let store = Arc::default();
        assert_eq!(install(&store, vec![sms_gateway()]).await.unwrap(), 0);
        assert_eq!(store.all(), []);
    }

    #[tokio::test]
    async fn of_several_nodes_one_does_it() {
        let raced = Arc::new(Units::failing([CommitError::Taken(Taken("service"))]));
        assert_eq!(install(&raced, vec![]).await.unwrap(), 0);
        let broken = Arc::new(Units::failing([CommitError::Taken(Taken("subscription"))]));
        assert!(install(&broken, vec![]).await.is_err());
    }
}
