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

#[cfg(test)]
mod tests {
    use identity::Username;
    use identity::ports::MockAccessTokens;
    use kernel::testing::{NOON, Units, act, nth};
    use kernel::{EmailAddress, Signal, SignalSink as _};
    use rbac::system::{TEAM_INVITE, TEAM_VIEW};

    use super::*;
    use crate::Change;
    use crate::testing::{ACME, JOHN, JOHNS_SESSION, member, node, organizations, suspended};

    fn claims() -> Claims {
        Claims {
            user: nth(JOHN),
            email: EmailAddress::parse("user@example.com").unwrap(),
            username: Username::parse("johndoe").unwrap(),
            is_verified: true,
            organization: Some(nth(ACME)),
            role: Some(RoleKey::OWNER),
            session: nth(JOHNS_SESSION),
            issued_at: NOON,
            expires_at: NOON,
            auth_time: NOON,
            id: kernel::Id::uuid(nth::<UserId>(1)),
        }
    }

    fn john() -> Caller {
        Caller { user: nth(JOHN), session: nth(JOHNS_SESSION), organization: Some(nth(ACME)) }
    }

    /// John is a member of Acme, or what the test makes of him.
    fn access_to(node: Arc<Node>) -> (Arc<Units<Change>>, Access) {
        let mut tokens = MockAccessTokens::new();
        tokens.expect_read().withf(|_, at| *at == NOON).returning(|token, _| match token {
            "good" => Ok(claims()),
            "old" => Err(TokenError::Expired(Box::new(claims()))),
            _ => Err(TokenError::Invalid),
        });
        let store: Arc<Units<Change>> = Arc::default();
        let denials = Arc::new(Denials::new(Arc::<Units<Change>>::clone(&store)));
        (store, Access { tokens: Arc::new(tokens), organizations: organizations(), node, denials })
    }

    fn access() -> Access {
        access_to(node(vec![member(JOHN, RoleKey::MEMBER)])).1
    }

    #[tokio::test]
    async fn a_good_token_says_who_calls() {
        assert_eq!(access().authenticate("good", NOON).await.unwrap(), john());
        assert_eq!(john().actor(), Actor::User { id: nth(JOHN), session: nth(JOHNS_SESSION) });
    }

    #[tokio::test]
    async fn a_bad_and_an_old_token_are_told_apart() {
        assert!(matches!(access().authenticate("bad", NOON).await, Err(Error::TokenInvalid)));
        assert!(matches!(access().authenticate("old", NOON).await, Err(Error::TokenExpired)));
    }

    #[tokio::test]
    async fn an_old_token_is_good_enough_to_leave() {
        for token in ["good", "old"] {
            assert_eq!(access().authenticate_to_leave(token, NOON).await.unwrap(), john());
        }
        assert!(matches!(access().authenticate_to_leave("bad", NOON).await, Err(Error::TokenInvalid)));
    }

    #[tokio::test]
    async fn the_token_of_an_ended_session_is_worth_nothing() {
        let access = access();
        access.node.receive(&Signal::SessionEnded { session: nth(JOHNS_SESSION), until: NOON });
        assert!(matches!(access.authenticate("good", NOON).await, Err(Error::TokenInvalid)));
        assert!(matches!(access.authenticate_to_leave("old", NOON).await, Err(Error::TokenInvalid)));
    }

    #[tokio::test]
    async fn an_organization_is_entered_by_id_by_slug_or_by_the_sign_in() {
        let id = nth::<OrganizationId>(ACME).to_string();
        for wanted in [None, Some("acme"), Some(id.as_str())] {
            let entered = access().enter(&john(), wanted).await.unwrap();
            // The role is what the organization says now, not what the token said.
            assert_eq!((entered.organization, entered.role), (nth(ACME), RoleKey::MEMBER), "{wanted:?}");
            assert_eq!(entered.snapshot.version(), 7);
        }
    }

    #[tokio::test]
    async fn a_sign_in_bound_to_none_must_name_one() {
        let unbound = Caller { organization: None, ..john() };
        assert!(matches!(access().enter(&unbound, None).await, Err(Error::TenantRequired)));
        assert!(access().enter(&unbound, Some("acme")).await.is_ok());
    }

    #[tokio::test]
    async fn a_foreign_organization_is_as_unknown_as_one_that_is_not() {
        let stranger = Caller { user: nth(99), ..john() };
        let (other, no_slug) = (nth::<OrganizationId>(61).to_string(), "Not a slug");
        for (caller, wanted) in [
            (&stranger, None),
            (&stranger, Some("acme")),
            (&john(), Some("umbrella")),
            (&john(), Some(other.as_str())),
            (&john(), Some(no_slug)),
        ] {
            assert!(matches!(access().enter(caller, wanted).await, Err(Error::NotFound)), "{wanted:?}");
        }
    }

    #[tokio::test]
    async fn a_suspended_member_stays_outside() {
        let (_, access) = access_to(node(vec![suspended(JOHN, RoleKey::OWNER)]));
        assert!(matches!(access.enter(&john(), None).await, Err(Error::MemberSuspended)));
    }

    #[tokio::test]
    async fn a_refusal_is_written_and_a_permission_is_not() {
        let (store, access) = access_to(node(vec![member(JOHN, RoleKey::MEMBER)]));
        let act = act().by(john().actor());
        let entered = access.enter(&john(), None).await.unwrap();
        access.authorize(&act, &john(), &entered, &TEAM_VIEW).await.unwrap();
        assert_eq!(store.all(), []);

        let refused = access.authorize(&act, &john(), &entered, &TEAM_INVITE).await;
        assert!(matches!(refused, Err(Error::PermissionDenied(it)) if it == TEAM_INVITE));
        let unit = store.only();
        let entry = &unit.evidence.audit[0];
        assert_eq!((entry.action, entry.target.id.as_str()), ("access.denied", "team.invite"));
        assert_eq!((entry.actor, entry.organization), (john().actor(), Some(nth(ACME))));
    }
}
