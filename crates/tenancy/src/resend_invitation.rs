use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{Act, Decided, Guard, InvitationId, OrganizationId, OrganizationRef, Store, UnitOfWork, Write, carry_out};

use crate::cancel_invitation::pending;
use crate::invite::key_of;
use crate::model::Invitation;
use crate::ports::{Authority, Invitations, Organizations, Verdict};
use crate::{Action, Change, Error, mails};

/// Sends an invitation once more.
pub struct ResendInvitation {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which organizations there are.
    pub organizations: Arc<dyn Organizations>,
    /// Which invitations there are.
    pub invitations: Arc<dyn Invitations>,
    /// Who may give which role.
    pub authority: Arc<dyn Authority>,
    /// How long an invitation is open.
    pub lifetime: TimeDelta,
}

impl ResendInvitation {
    /// By another link, which renews it; the one before is worth nothing any more. Whoever sends it answers for it from now
    /// on, so they must hold what its role holds.
    pub async fn run(&self, act: &Act, organization: OrganizationId, id: InvitationId) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            let inviter = act.actor.principal().ok_or(Error::NotFound)?;
            let found = self.organizations.find(&OrganizationRef::Id(organization)).await?.ok_or(Error::NotFound)?;
            let invitation = pending(self.invitations.as_ref(), organization, id).await?;
            let ruling = self.authority.may_give(organization, act, &invitation.role).await?.ok_or(Error::NotFound)?;
            match ruling.verdict {
                Verdict::Yes => {}
                Verdict::NoSuchRole => return Err(Error::IllegalState),
                Verdict::Beyond(lacking) => {
                    let unit = UnitOfWork::of(act, &Action::InvitationRefused(organization));
                    return Ok(Decided::Refused(unit, Error::Beyond(lacking)));
                }
            }
            let token = act.token();
            let next = Invitation {
                token: token.hash(),
                invited_by: inviter,
                key: key_of(act),
                expires_at: act.at + self.lifetime,
                ..invitation.clone()
            };
            let name = self.invitations.name_of(inviter).await?.unwrap_or_default();
            let unit = UnitOfWork::of(act, &Action::InvitationResent { organization, invitation: id })
                .expect(Guard::Authorization { organization, version: ruling.version })
                .change(Change::Invitation(Write::Save { expected: invitation, next: next.clone() }))
                .mail(mails::invitation(act, &found, &name, &next, &token));
            Ok(Decided::Done(unit, ()))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, act, nth};
    use kernel::{Actor, RoleKey, Time};

    use super::*;
    use crate::model::InvitationStatus;
    use crate::testing::invitation;
    use crate::world::{World, by, guard, invitations, organizations, place};

    fn waiting(expires_at: Time) -> Invitation {
        Invitation { expires_at, ..invitation(nth(70), nth(60), nth(50), &act().token()) }
    }

    async fn resend(world: &World, act: &Act, found: Option<Invitation>) -> Result<(), Error> {
        let use_case = ResendInvitation {
            store: world.store.clone(),
            organizations: organizations(),
            invitations: invitations(found),
            authority: world.authority(),
            lifetime: TimeDelta::days(7),
        };
        use_case.run(act, nth(60), nth(70)).await
    }

    #[tokio::test]
    async fn another_link_takes_the_place_of_the_one_before_even_of_one_that_has_expired() {
        for expires_at in [NOON + TimeDelta::days(1), NOON - TimeDelta::days(1)] {
            let (world, waiting) = (World::of(place(RoleKey::ADMIN, 1)), waiting(expires_at));
            let act = by(80);
            // The first one is in the invitation already.
            let _ = act.token();
            resend(&world, &act, Some(waiting.clone())).await.unwrap();
            let unit = world.store.only();
            let [Change::Invitation(Write::Save { expected, next })] = unit.changes.as_slice() else {
                panic!("{unit:#?}")
            };
            assert_eq!((expected, next.invited_by, next.status), (&waiting, nth(80), InvitationStatus::Pending));
            assert!(next.token != waiting.token && next.expires_at == NOON + TimeDelta::days(7));
            assert_eq!((unit.guards.as_slice(), unit.evidence.mail.len()), ([guard()].as_slice(), 1));
            assert_eq!(unit.evidence.audit[0].action, "invitation.resent");
        }
    }

    #[tokio::test]
    async fn whoever_sends_it_must_hold_what_the_role_holds() {
        let world = World { beyond: Some("*"), ..World::of(place(RoleKey::ADMIN, 1)) };
        let answer = resend(&world, &by(80), Some(waiting(NOON))).await;
        assert!(matches!(answer, Err(Error::Beyond(it)) if it == "*"));
        let unit = world.store.only();
        assert_eq!((unit.changes.len(), unit.evidence.audit[0].action), (0, "invitation.refused"));
    }

    #[tokio::test]
    async fn a_key_that_sends_it_is_remembered() {
        let world = World::of(place(RoleKey::ADMIN, 1));
        let act = by(80).by(Actor::Key { id: nth(7), maker: nth(80) });
        resend(&world, &act, Some(waiting(NOON))).await.unwrap();
        let unit = world.store.only();
        assert!(matches!(&unit.changes[0], Change::Invitation(Write::Save { next, .. }) if next.key == Some(nth(7))));
    }

    #[tokio::test]
    async fn what_is_used_or_taken_back_is_none() {
        let world = World::of(place(RoleKey::ADMIN, 1));
        let used = Invitation { status: InvitationStatus::Accepted, ..waiting(NOON) };
        for found in [None, Some(used)] {
            assert!(matches!(resend(&world, &by(80), found).await, Err(Error::NotFound)));
        }
    }
}
