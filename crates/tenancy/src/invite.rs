use std::slice;
use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{
    Act, Actor, Decided, EmailAddress, Guard, InvitationId, KeyId, OrganizationId, OrganizationRef, Problems, RoleKey,
    Store, Time, UnitOfWork, UserId, Write, carry_out,
};
use serde::{Deserialize, Serialize};

use crate::model::{Invitation, InvitationStatus, Organization};
use crate::ports::{Authority, Invitations, Invitee, Organizations, Verdict};
use crate::{Action, Change, Error, Happening, mails};

mod many;

pub use many::{InvitedMany, Refusal};

/// Invites somebody to an organization by mail.
pub struct Invite {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which organizations there are.
    pub organizations: Arc<dyn Organizations>,
    /// Who is invited already.
    pub invitations: Arc<dyn Invitations>,
    /// Who may give which role.
    pub authority: Arc<dyn Authority>,
    /// How long an invitation is open.
    pub lifetime: TimeDelta,
}

/// Whom, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InviteInput {
    /// The address.
    pub email: String,
    /// The role's key.
    pub role: String,
}

/// The invitation that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// Its id.
    pub id: InvitationId,
    /// Whom.
    pub email: EmailAddress,
    /// As what.
    pub role: RoleKey,
    /// Until when.
    pub expires_at: Time,
}

/// Who invites, and to what.
struct Host {
    organization: Organization,
    inviter: UserId,
    name: String,
}

impl Invite {
    /// An invitation lasts this long.
    pub const LIFETIME: TimeDelta = TimeDelta::days(7);

    /// Refuses, and records, a role that holds what the inviter does not; the decision holds for the authorization it
    /// was made on, or is made again.
    pub async fn run(&self, act: &Act, organization: OrganizationId, input: &InviteInput) -> Result<Invited, Error> {
        let (email, role) = check(input)?;
        carry_out(self.store.as_ref(), act, || self.decide(act, organization, &email, &role)).await
    }

    async fn decide(
        &self,
        act: &Act,
        organization: OrganizationId,
        email: &EmailAddress,
        role: &RoleKey,
    ) -> Result<Decided<Change, Invited, Error>, Error> {
        let host = self.host(act, organization).await?;
        let standings = self.invitations.standings_of(organization, slice::from_ref(email)).await?;
        let invitee = standings.into_iter().next().unwrap_or(Invitee::Stranger);
        self.decide_for(act, &host, email, role, invitee).await
    }

    async fn host(&self, act: &Act, organization: OrganizationId) -> Result<Host, Error> {
        let inviter = act.actor.principal().ok_or(Error::NotFound)?;
        let organization = OrganizationRef::Id(organization);
        let organization = self.organizations.find(&organization).await?.ok_or(Error::NotFound)?;
        let name = self.invitations.name_of(inviter).await?.unwrap_or_default();
        Ok(Host { organization, inviter, name })
    }

    async fn decide_for(
        &self,
        act: &Act,
        host: &Host,
        email: &EmailAddress,
        role: &RoleKey,
        invitee: Invitee,
    ) -> Result<Decided<Change, Invited, Error>, Error> {
        let organization = host.organization.id;
        let may_give = self.authority.may_give(organization, act, role).await?.ok_or(Error::NotFound)?;
        match may_give.verdict {
            Verdict::Yes => {}
            Verdict::NoSuchRole => return Err(Problems::one("role", "There is no such role.").into()),
            Verdict::Beyond(lacking) => {
                let unit = UnitOfWork::of(act, &Action::InvitationRefused(organization));
                return Ok(Decided::Refused(unit, Error::Beyond(lacking)));
            }
        }
        let lapsed = match invitee {
            Invitee::Stranger => None,
            Invitee::Member => return Err(Error::AlreadyMember),
            Invitee::Invited(pending) if pending.is_open(act.at) => return Err(Error::AlreadyInvited),
            Invitee::Invited(lapsed) => Some(*lapsed),
        };
        let token = act.token();
        let invitation = Invitation {
            id: act.id(),
            organization,
            email: email.clone(),
            role: role.clone(),
            token: token.hash(),
            invited_by: host.inviter,
            key: key_of(act),
            status: InvitationStatus::Pending,
            created_at: act.at,
            expires_at: act.at + self.lifetime,
            version: 0,
        };
        let mut unit = UnitOfWork::of(act, &Action::InvitationCreated { organization, invitation: invitation.id })
            .expect(Guard::Authorization { organization, version: may_give.version });
        if let Some(lapsed) = lapsed {
            let next = Invitation { status: InvitationStatus::Cancelled, ..lapsed.clone() };
            unit = unit.change(Change::Invitation(Write::Save { expected: lapsed, next }));
        }
        let unit = unit
            .change(Change::Invitation(Write::Add(invitation.clone())))
            .announce(&Happening::InvitationCreated(invitation.clone()))
            .mail(mails::invitation(act, &host.organization, &host.name, &invitation, &token));
        let answer = Invited {
            id: invitation.id,
            email: invitation.email,
            role: invitation.role,
            expires_at: invitation.expires_at,
        };
        Ok(Decided::Done(unit, answer))
    }
}

/// The key or token that somebody acts by.
pub(crate) const fn key_of(act: &Act) -> Option<KeyId> {
    match act.actor {
        Actor::Key { id, .. } | Actor::Token { id, .. } => Some(id),
        Actor::Nobody | Actor::User { .. } | Actor::System => None,
    }
}

fn check(input: &InviteInput) -> Result<(EmailAddress, RoleKey), Problems> {
    let mut problems = Problems::default();
    let email =
        problems.check("email", EmailAddress::parse(&input.email), "The email field must be a valid email address.");
    let role = problems.check("role", RoleKey::parse(&input.role), "There is no such role.");
    match (email, role) {
        (Some(email), Some(role)) => Ok((email, role)),
        _ => Err(problems),
    }
}

#[cfg(test)]
mod tests;
