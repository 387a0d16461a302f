use kernel::{Act, OrganizationId, SubscriptionId};

use crate::manage_subscription::ManageSubscription;
use crate::model::Alteration;
use crate::{Error, SubscriptionView};

impl ManageSubscription {
    /// One that was cancelled and has not ended goes on.
    pub async fn resume(
        &self,
        act: &Act,
        organization: OrganizationId,
        id: SubscriptionId,
    ) -> Result<SubscriptionView, Error> {
        self.alter(act, Some(organization), id, |standing, _| Ok((standing.resume(act.at)?, vec![Alteration::Resumed])))
            .await
    }
}
