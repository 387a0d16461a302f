use std::sync::Arc;

use kernel::{Act, Decided, InvitationId, OrganizationId, Permission, Store, UnitOfWork, Write, carry_out};

use crate::model::{Invitation, InvitationStatus};
use crate::ports::{Authority, Invitations};
use crate::{Action, Change, Error};

const TEAM_INVITE: Permission = Permission::known("team.invite");

/// Takes an invitation back.
pub struct CancelInvitation {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which invitations there are.
    pub invitations: Arc<dyn Invitations>,
    /// Who may do what.
    pub authority: Arc<dyn Authority>,
}

impl CancelInvitation {
    /// Its link is worth nothing any more. What is no pending one is none.
    pub async fn run(&self, act: &Act, organization: OrganizationId, id: InvitationId) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let invitation = pending(self.invitations.as_ref(), organization, id).await?;
            let guard = self.authority.require(organization, act, &TEAM_INVITE).await?;
            let next = Invitation { status: InvitationStatus::Cancelled, ..invitation.clone() };
            let unit = UnitOfWork::of(act, &Action::InvitationCancelled { organization, invitation: id })
                .expect(guard)
                .change(Change::Invitation(Write::Save { expected: invitation, next }));
            Ok(Decided::Done(unit, ()))
        })
        .await
    }
}

/// The organization's invitation that is neither used nor taken back; it may have expired.
pub(crate) async fn pending(
    invitations: &dyn Invitations,
    organization: OrganizationId,
    id: InvitationId,
) -> Result<Invitation, Error> {
    let found = invitations.by_id(organization, id).await?;
    found.filter(|it| it.status == InvitationStatus::Pending).ok_or(Error::NotFound)
}

#[cfg(test)]
mod tests {
    use kernel::testing::{Units, act, nth};

    use super::*;
    use crate::testing::invitation;
    use crate::world::{World, by, guard, invitations, place};

    async fn cancel(store: &Arc<Units<Change>>, found: Option<Invitation>) -> Result<(), Error> {
        let authority = World::of(place(kernel::RoleKey::ADMIN, 1)).authority();
        let use_case = CancelInvitation { store: store.clone(), invitations: invitations(found), authority };
        use_case.run(&by(80), nth(60), nth(70)).await
    }

    #[tokio::test]
    async fn a_pending_one_is_taken_back() {
        let (store, pending) = (Arc::default(), invitation(nth(70), nth(60), nth(50), &act().token()));
        cancel(&store, Some(pending.clone())).await.unwrap();
        let unit = store.only();
        let next = Invitation { status: InvitationStatus::Cancelled, ..pending.clone() };
        assert_eq!(unit.changes, [Change::Invitation(Write::Save { expected: pending, next })]);
        assert_eq!(
            (unit.guards.as_slice(), unit.evidence.audit[0].action),
            ([guard()].as_slice(), "invitation.cancelled")
        );
    }

    #[tokio::test]
    async fn what_is_used_or_taken_back_is_none() {
        let pending = invitation(nth(70), nth(60), nth(50), &act().token());
        let with = |status| Some(Invitation { status, ..pending.clone() });
        for found in [None, with(InvitationStatus::Accepted), with(InvitationStatus::Cancelled)] {
            assert!(matches!(cancel(&Arc::default(), found).await, Err(Error::NotFound)));
        }
    }
}
