use std::sync::Arc;

use kernel::{Act, Decided, Store, UnitOfWork, UserId, carry_out};

use crate::model::MailedPurpose;
use crate::{Action, Change, Error};

/// Ends all of a user's sessions at once, the current one too.
pub struct EndAllSessions {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
}

impl EndAllSessions {
    /// Every device has to sign in again.
    pub async fn run(&self, act: &Act, user: UserId) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || {
            let unit = UnitOfWork::of(act, &Action::SessionsEnded(user));
            // A thief who is thrown out must not come back by an address that waits to be confirmed.
            let purposes = &[MailedPurpose::ChangeEmail];
            let unit = unit
                .change(Change::EndSessions { user, except: None, at: act.at })
                .change(Change::RevokeMailedTokens { user, purposes, since: None });
            std::future::ready(Ok(Decided::Done(unit, ())))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use kernel::Outcome;
    use kernel::testing::{NOON, act, nth};

    use super::*;
    use crate::world::World;

    #[tokio::test]
    async fn none_goes_on() {
        let world = World::john();
        EndAllSessions { store: world.store() }.run(&act(), nth(50)).await.unwrap();
        assert_eq!(
            world.store.only().changes,
            [
                Change::EndSessions { user: nth(50), except: None, at: NOON },
                Change::RevokeMailedTokens { user: nth(50), purposes: &[MailedPurpose::ChangeEmail], since: None },
            ]
        );
        assert_eq!(world.written(), [("user.sessions_ended", Outcome::Done)]);
    }
}
