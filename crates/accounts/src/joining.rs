use std::sync::Arc;

use identity::ports::{AccessTokens, Keys, Users};
use identity::rules::Proof;
use identity::{Lifetimes, Standing, Term, User, UserStatus};
use kernel::{Act, EmailAddress, Fault, Guard, OrganizationRef, SessionId, TokenHash, UnitOfWork};
use rbac::{Holder, Snapshot, system};
use tenancy::ports::{Invitations, Organizations};
use tenancy::{Invitation, Organization};

use crate::{Change, Error, Joined, Node, OrganizationView};

/// How invitations are found and used up, whoever joins by them.
pub struct Joining {
    /// Which invitations there are.
    pub invitations: Arc<dyn Invitations>,
    /// Which organizations there are.
    pub organizations: Arc<dyn Organizations>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Which keys there are: what was invited by one that is revoked is worth nothing.
    pub keys: Arc<dyn Keys>,
    /// Who may do what: the inviter's rights are looked at again.
    pub node: Arc<Node>,
    /// What signs access tokens.
    pub tokens: Arc<dyn AccessTokens>,
}

/// What an open invitation leads to.
pub(crate) struct Open {
    pub invitation: Invitation,
    pub organization: Organization,
    pub version: i64,
    pub snapshot: Arc<Snapshot>,
}

impl Joining {
    /// The invitation with this mailed token, where it can be accepted.
    pub(crate) async fn by_token(&self, act: &Act, token: &TokenHash) -> Result<Open, Error> {
        let found = match self.invitations.by_token(token).await? {
            Some(invitation) => self.open(act, invitation).await?,
            None => None,
        };
        found.ok_or(Error::Tenancy(tenancy::Error::InvitationInvalid))
    }

    /// The newest invitation to this address that can be accepted.
    pub(crate) async fn by_email(&self, act: &Act, email: &EmailAddress) -> Result<Option<Open>, Fault> {
        for invitation in self.invitations.open_for(email, act.at).await? {
            if let Some(open) = self.open(act, invitation).await? {
                return Ok(Some(open));
            }
        }
        Ok(None)
    }

    /// Where it is open, its organization alive, and its inviter still allowed to make it.
    async fn open(&self, act: &Act, invitation: Invitation) -> Result<Option<Open>, Fault> {
        if !invitation.is_open(act.at) {
            return Ok(None);
        }
        let organization = OrganizationRef::Id(invitation.organization);
        let Some(organization) = self.organizations.find(&organization).await? else { return Ok(None) };
        let Some(snapshot) = self.node.snapshot(organization.id).await? else { return Ok(None) };
        if let Some(key) = invitation.key
            && self.keys.by_id(key).await?.is_none()
        {
            return Ok(None);
        }
        let inviter = invitation.invited_by;
        let own = Holder::at(inviter, act.at);
        let may_act = self.users.by_id(inviter).await?.is_some_and(|it| it.status == UserStatus::Active);
        let may_invite = may_act
            && snapshot.check(own, &system::TEAM_INVITE).allowed
            && snapshot.has_role(&invitation.role)
            && snapshot.beyond(own, &invitation.role).is_none();
        let open = || Open { invitation, organization, version: snapshot.version(), snapshot };
        Ok(may_invite.then(open))
    }

    /// Membership and session.
    pub(crate) fn enter(
        &self,
        act: &Act,
        session: SessionId,
        open: &Open,
        user: &User,
        proof: Proof,
        lifetimes: &Lifetimes,
    ) -> Result<(UnitOfWork<Change>, Joined), Error> {
        let (joining, member) = tenancy::rules::join(act, &open.invitation, user.id);
        let standing = Standing { organization: member.organization, role: member.role, active: true };
        let (opening, opened) =
            identity::rules::start_session(proof, act, session, user, Some(&standing), Term::Usual, lifetimes);
        let signed_in = identity::rules::issue(
            act,
            self.tokens.as_ref(),
            &opened.session,
            user,
            Some(&standing),
            &opened.refresh_token,
        )?;
        let unit = joining
            .expect(Guard::Authorization { organization: open.organization.id, version: open.version })
            .widen::<Change>()
            .and(opening);
        Ok((unit, Joined { organization: OrganizationView::of(&open.organization), signed_in }))
    }
}
