use kernel::{Act, OrganizationId, SubscriptionId};

use crate::manage_subscription::ManageSubscription;
use crate::model::{Alteration, When};
use crate::{Error, SubscriptionView};

impl ManageSubscription {
    /// It ends at once, or with its period and is as good as before until then.
    pub async fn cancel(
        &self,
        act: &Act,
        organization: OrganizationId,
        id: SubscriptionId,
        when: When,
    ) -> Result<SubscriptionView, Error> {
        self.alter(act, Some(organization), id, |standing, _| {
            Ok((standing.cancel(when, act.at)?, vec![Alteration::Cancelled]))
        })
        .await
    }
}
