use std::sync::Arc;

use identity::ports::{AccessTokens, Sessions, TokenError, Users};
use identity::{Claims, UserStatus};
use kernel::{Act, Actor, OrganizationId, OrganizationRef, Permission, RoleKey, SessionId, UserId};
use rbac::{Reason, Snapshot};
use tenancy::ports::Organizations;

use crate::{Denials, Error, LastSeen, Node};

/// What every door asks: who is this, where do they act, may they.
pub struct Access {
    /// What reads access tokens.
    pub tokens: Arc<dyn AccessTokens>,
    /// Which organizations there are.
    pub organizations: Arc<dyn Organizations>,
    /// What this node knows by heart.
    pub node: Arc<Node>,
    /// Where refusals are written.
    pub denials: Arc<Denials>,
    /// Which sessions there are.
    pub sessions: Arc<dyn Sessions>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Where it is noted that a session is used.
    pub last_seen: Arc<LastSeen>,
}

/// What platform administrators may, and nobody else: it belongs to no organization.
pub const ADMINISTER: Permission = Permission::known("platform.administer");

/// What a refused step-up is written down as.
const STEP_UP: Permission = Permission::known("session.step_up");

/// Somebody whose credential is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// In which sign-in.
    pub session: SessionId,
    /// The organization the sign-in is bound to.
    pub organization: Option<OrganizationId>,
}

impl Caller {
    /// As the actor of what they do.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        Actor::User { id: self.user, session: self.session }
    }

    fn of(claims: &Claims) -> Self {
        Self { user: claims.user, session: claims.session, organization: claims.organization }
    }
}

/// A caller within an organization they belong to.
#[derive(Clone, Debug)]
pub struct Entered {
    /// Which.
    pub organization: OrganizationId,
    /// As what.
    pub role: RoleKey,
    /// Who may do what in it.
    pub snapshot: Arc<Snapshot>,
}

impl Access {
    /// Who presents this access token. Its session must not have ended.
    pub async fn authenticate(&self, act: &Act, token: &str) -> Result<Caller, Error> {
        let claims = self.tokens.read(token, act.at).map_err(|error| match error {
            TokenError::Invalid => Error::TokenInvalid,
            TokenError::Expired(_) => Error::TokenExpired,
        })?;
        let caller = self.live(Caller::of(&claims)).await?;
        self.last_seen.note(act, caller.session);
        Ok(caller)
    }

    /// As [`Access::authenticate`], for signing out: too old a token still says which session is meant.
    pub async fn authenticate_to_leave(&self, act: &Act, token: &str) -> Result<Caller, Error> {
        let claims = match self.tokens.read(token, act.at) {
            Ok(claims) => claims,
            Err(TokenError::Expired(claims)) => *claims,
            Err(TokenError::Invalid) => return Err(Error::TokenInvalid),
        };
        self.live(Caller::of(&claims)).await
    }

    /// Whether the caller has given a factor recently enough for what is sensitive: the session decides, not the token. A
    /// refusal is written down.
    pub async fn require_step_up(&self, act: &Act, caller: &Caller) -> Result<(), Error> {
        let session = self.sessions.by_id(caller.session).await?.filter(|it| it.ended_at.is_none());
        let session = session.ok_or(Error::TokenInvalid)?;
        if session.is_recent(act.at) {
            return Ok(());
        }
        self.denials.note(act, None, &STEP_UP).await?;
        Err(Error::StepUpRequired)
    }

    /// Whether the caller administers the installation, at this moment; a refusal is written down.
    pub async fn administer(&self, act: &Act, caller: &Caller) -> Result<(), Error> {
        let user = self.users.by_id(caller.user).await?;
        if user.is_some_and(|it| it.administrator && it.status == UserStatus::Active) {
            return Ok(());
        }
        self.denials.note(act, None, &ADMINISTER).await?;
        Err(Error::PermissionDenied(ADMINISTER))
    }

    async fn live(&self, caller: Caller) -> Result<Caller, Error> {
        if self.node.is_live(caller.session).await? { Ok(caller) } else { Err(Error::TokenInvalid) }
    }

    /// Into the organization the request names (slug or id), else the one the sign-in is bound to. Unknown, deleted and
    /// foreign ones are one answer.
    pub async fn enter(&self, caller: &Caller, wanted: Option<&str>) -> Result<Entered, Error> {
        let organization = match wanted {
            None => caller.organization.ok_or(Error::TenantRequired)?,
            Some(text) => match OrganizationRef::parse(text).ok_or(Error::NotFound)? {
                OrganizationRef::Id(id) => id,
                by_slug @ OrganizationRef::Slug(_) => {
                    self.organizations.find(&by_slug).await?.ok_or(Error::NotFound)?.id
                }
            },
        };
        let snapshot = self.node.snapshot(organization).await?.ok_or(Error::NotFound)?;
        match snapshot.member(caller.user) {
            None => Err(Error::NotFound),
            Some((_, false)) => Err(Error::MemberSuspended),
            Some((role, true)) => Ok(Entered { organization, role: role.clone(), snapshot: Arc::clone(&snapshot) }),
        }
    }

    /// Whether the caller may, there; a refusal is written down.
    pub async fn authorize(
        &self,
        act: &Act,
        caller: &Caller,
        entered: &Entered,
        permission: &Permission,
    ) -> Result<(), Error> {
        let verdict = entered.snapshot.check(caller.user, permission);
        if verdict.allowed {
            return Ok(());
        }
        debug_assert_ne!(verdict.reason, Reason::UnknownPermission, "doors ask for permissions that exist");
        self.denials.note(act, Some(entered.organization), permission).await?;
        Err(Error::PermissionDenied(permission.clone()))
    }
}

#[cfg(test)]
mod tests;
