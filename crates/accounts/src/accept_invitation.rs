use std::sync::Arc;

use identity::ports::{AccessTokens, CurrentSettings, PasswordHasher, Users};
use identity::rules::NewUser;
use identity::{Lifetimes, PasswordHash, RegisterInput, Standing, Term, User, UserStatus, Username};
use kernel::{
    Act, Actor, Decided, EmailAddress, Guard, OrganizationRef, Problems, Secret, SessionId, Store, Time, TokenHash,
    UnitOfWork, UserId, carry_out, recall,
};
use rbac::{Snapshot, system};
use tenancy::ports::{Invitations, Organizations};
use tenancy::{Invitation, Organization};

use crate::{Change, Error, Joined, Node, OrganizationView};

/// Joins an organization by a mailed invitation: as a new user, or as the signed-in one it was sent to.
pub struct AcceptInvitation {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which invitations there are.
    pub invitations: Arc<dyn Invitations>,
    /// Which organizations there are.
    pub organizations: Arc<dyn Organizations>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Who may do what: the inviter's rights are looked at again.
    pub node: Arc<Node>,
    /// What hashes a new user's password.
    pub hasher: Arc<dyn PasswordHasher>,
    /// What signs access tokens.
    pub tokens: Arc<dyn AccessTokens>,
    /// How long what lives.
    pub settings: Arc<dyn CurrentSettings>,
}

/// What is given.
#[derive(Clone, Debug)]
pub struct AcceptInput {
    /// From the mail.
    pub token: Secret,
    /// A new user's name.
    pub username: Option<String>,
    /// A new user's password.
    pub password: Option<Secret>,
    /// Who accepts, where they are signed in.
    pub caller: Option<UserId>,
}

/// What an open invitation leads to.
struct Open {
    invitation: Invitation,
    organization: Organization,
    version: i64,
    snapshot: Arc<Snapshot>,
}

impl AcceptInvitation {
    /// Once; of two at the same time one joins and the other finds the invitation used.
    pub async fn run(&self, act: &Act, input: AcceptInput) -> Result<Joined, Error> {
        if let Some(caller) = input.caller {
            return carry_out(self.store.as_ref(), act, || self.join(act, &input.token, caller)).await;
        }
        if let Some(answer) = recall(self.store.as_ref(), act).await? {
            return Ok(answer);
        }
        let open = self.open(act, &input.token).await?;
        let (username, hash) = self.prepare(&open, input.username, input.password).await?;
        let new = NewUser {
            id: act.id(),
            email: open.invitation.email,
            username,
            password: Some(hash),
            // Whoever holds the mailed token reads the mailbox.
            verified: true,
            administrator: false,
        };
        carry_out(self.store.as_ref(), act, || self.register(act, &input.token, new.clone())).await
    }

    /// The signed-in user joins.
    async fn join(&self, act: &Act, token: &Secret, caller: UserId) -> Result<Decided<Change, Joined, Error>, Error> {
        let open = self.open(act, token).await?;
        let user = self.users.by_id(caller).await?.filter(|it| it.status == UserStatus::Active);
        let user = user.ok_or(Error::TokenInvalid)?;
        if user.email.key() != open.invitation.email.key() {
            return Err(tenancy::Error::AnotherAddress.into());
        }
        if user.verified_at.is_none() {
            return Err(Error::EmailNotVerified);
        }
        if open.snapshot.member(user.id).is_some() {
            return Err(tenancy::Error::AlreadyMember.into());
        }
        let session = act.id();
        let act = act.by(Actor::User { id: user.id, session }).within(open.organization.id);
        let settings = self.settings.current().await?;
        // No factor is given here: the one that is known of is the registration's.
        let (unit, joined) = self.enter(&act, session, &open, &user, user.created_at, &settings.lifetimes)?;
        Ok(Decided::Done(unit.expect(identity::rules::session_guard(&user)), joined))
    }

    /// A new user registers and joins.
    async fn register(&self, act: &Act, token: &Secret, new: NewUser) -> Result<Decided<Change, Joined, Error>, Error> {
        let open = self.open(act, token).await?;
        let session = act.id();
        let act = act.by(Actor::User { id: new.id, session }).within(open.organization.id);
        let settings = self.settings.current().await?;
        let (registration, user) = identity::rules::register(&act, new, &settings.lifetimes);
        let (unit, joined) = self.enter(&act, session, &open, &user, act.at, &settings.lifetimes)?;
        Ok(Decided::Done(registration.widen::<Change>().and(unit), joined))
    }

    /// Membership and session.
    fn enter(
        &self,
        act: &Act,
        session: SessionId,
        open: &Open,
        user: &User,
        auth_time: Time,
        lifetimes: &Lifetimes,
    ) -> Result<(UnitOfWork<Change>, Joined), Error> {
        let (joining, member) = tenancy::rules::join(act, &open.invitation, user.id);
        let standing = Standing { organization: member.organization, role: member.role, active: true };
        let (opening, opened) = identity::rules::start_session_as_of(
            auth_time,
            act,
            session,
            user,
            Some(&standing),
            Term::Usual,
            lifetimes,
        );
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

    /// The invitation, where it can be accepted: open, its organization alive, its inviter still allowed to make it.
    async fn open(&self, act: &Act, token: &Secret) -> Result<Open, Error> {
        let invalid = || Error::Tenancy(tenancy::Error::InvitationInvalid);
        let invitation = self.invitations.by_token(&TokenHash::of(token.expose())).await?.ok_or_else(invalid)?;
        if !invitation.is_open(act.at) {
            return Err(invalid());
        }
        let organization = OrganizationRef::Id(invitation.organization);
        let organization = self.organizations.find(&organization).await?.ok_or_else(invalid)?;
        let snapshot = self.node.snapshot(organization.id).await?.ok_or_else(invalid)?;
        let inviter = invitation.invited_by;
        let may_act = self.users.by_id(inviter).await?.is_some_and(|it| it.status == UserStatus::Active);
        if !may_act
            || !snapshot.check(inviter, &system::TEAM_INVITE).allowed
            || snapshot.beyond(inviter, &invitation.role).is_some()
        {
            return Err(invalid());
        }
        Ok(Open { invitation, organization, version: snapshot.version(), snapshot })
    }

    /// Everything a new user must give, checked at once; then the slow hash, outside of any decision.
    async fn prepare(
        &self,
        open: &Open,
        username: Option<String>,
        password: Option<Secret>,
    ) -> Result<(Username, PasswordHash), Error> {
        if self.users.by_email(&open.invitation.email).await?.is_some() {
            return Err(identity::Error::EmailTaken.into());
        }
        let mut missing = Problems::default();
        let username = missing.check("username", username, "The username field is required.");
        let password = missing.check("password", password, "The password field is required.");
        let (Some(username), Some(password)) = (username, password) else { return Err(missing.into()) };
        let email: &EmailAddress = &open.invitation.email;
        let input = RegisterInput { email: email.as_str().to_owned(), username, password };
        let (_, username, password) = identity::rules::check_registration(
            &input,
            &[open.organization.name.as_str(), open.organization.slug.as_str()],
        )?;
        Ok((username, self.hasher.hash(password.secret()).await?))
    }
}

#[cfg(test)]
mod tests;
