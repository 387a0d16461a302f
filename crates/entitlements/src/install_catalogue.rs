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
