use std::sync::Arc;

use identity::Claims;
use identity::ports::{AccessTokens, TokenError};
use kernel::{Act, Actor, OrganizationId, OrganizationRef, Permission, RoleKey, SessionId, Time, UserId};
use rbac::{Reason, Snapshot};
use tenancy::ports::Organizations;

use crate::{Denials, Error, Node};

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
}

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
    pub async fn authenticate(&self, token: &str, at: Time) -> Result<Caller, Error> {
        let claims = self.tokens.read(token, at).map_err(|error| match error {
            TokenError::Invalid => Error::TokenInvalid,
            TokenError::Expired(_) => Error::TokenExpired,
        })?;
        self.live(Caller::of(&claims)).await
    }

    /// As [`Access::authenticate`], for signing out: too old a token still says which session is meant.
    pub async fn authenticate_to_leave(&self, token: &str, at: Time) -> Result<Caller, Error> {
        let claims = match self.tokens.read(token, at) {
            Ok(claims) => claims,
            Err(TokenError::Expired(claims)) => *claims,
            Err(TokenError::Invalid) => return Err(Error::TokenInvalid),
        };
        self.live(Caller::of(&claims)).await
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
        self.denials.note(act, entered.organization, permission).await?;
        Err(Error::PermissionDenied(permission.clone()))
    }
}
