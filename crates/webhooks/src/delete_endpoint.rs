use std::sync::Arc;

use kernel::{Act, Decided, OrganizationId, Store, UnitOfWork, WebhookId, Write, carry_out};

use crate::ports::Endpoints;
use crate::{Action, Change, Deed, Error};

/// Removes an endpoint, and with it whatever waits for it.
pub struct DeleteEndpoint {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which endpoints there are.
    pub endpoints: Arc<dyn Endpoints>,
}

impl DeleteEndpoint {
    /// Nothing is sent to it any more, but for a try that is under way.
    pub async fn run(&self, act: &Act, organization: OrganizationId, id: WebhookId) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let expected = self.endpoints.by_id(organization, id).await?.ok_or(Error::NotFound)?;
            let unit = UnitOfWork::of(act, &Action { organization, webhook: id, deed: Deed::Deleted })
                .change(Change::Endpoint(Write::Remove { expected }));
            Ok(Decided::Done(unit, ()))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{Units, act, nth};

    use super::*;
    use crate::testing::{endpoint, endpoints};

    #[tokio::test]
    async fn it_is_removed_as_it_was_read() {
        let store = Arc::new(Units::default());
        let use_case = DeleteEndpoint { store: store.clone(), endpoints: endpoints(endpoint()) };
        let (organization, webhook) = (endpoint().organization, endpoint().id);
        assert!(matches!(use_case.run(&act(), nth(61), webhook).await, Err(Error::NotFound)));
        use_case.run(&act(), organization, webhook).await.unwrap();
        let unit = UnitOfWork::of(&act(), &Action { organization, webhook, deed: Deed::Deleted })
            .change(Change::Endpoint(Write::Remove { expected: endpoint() }));
        assert_eq!(store.only(), unit);
    }
}
