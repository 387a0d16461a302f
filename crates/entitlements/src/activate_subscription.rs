use kernel::{Act, SubscriptionId};

use crate::manage_subscription::ManageSubscription;
use crate::model::{Alteration, Status};
use crate::{Error, SubscriptionView};

impl ManageSubscription {
    /// Lets any organization's go on: by a platform administrator. Of one that has ended meanwhile only the stop is taken
    /// back, so that its organization may subscribe anew.
    pub async fn activate(&self, act: &Act, id: SubscriptionId) -> Result<SubscriptionView, Error> {
        self.alter(act, None, id, |standing, _| {
            let next = standing.activate(act.at)?;
            let is_over = next.status(act.at) == Status::Expired;
            let alteration = if is_over { Alteration::Released } else { Alteration::Activated };
            Ok((next, vec![alteration]))
        })
        .await
    }
}
