use kernel::{Act, SubscriptionId};

use crate::manage_subscription::ManageSubscription;
use crate::model::{Alteration, Blocks, SuspensionReason};
use crate::{Error, SubscriptionView};

impl ManageSubscription {
    /// Stops any organization's: by a platform administrator. One that is stopped may be stopped for another reason, or
    /// otherwise; since when it is stopped stays.
    pub async fn suspend(
        &self,
        act: &Act,
        id: SubscriptionId,
        reason: SuspensionReason,
        blocks: Blocks,
    ) -> Result<SubscriptionView, Error> {
        self.alter(act, None, id, |standing, _| {
            Ok((standing.suspend(reason, blocks, act.at)?, vec![Alteration::Suspended]))
        })
        .await
    }
}
