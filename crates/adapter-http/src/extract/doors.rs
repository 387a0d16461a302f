//! Who may come in.

use std::marker::PhantomData;
use std::ops::Deref;

use accounts::{ADMINISTER, Caller, Entered};
use actix_web::HttpRequest;
use actix_web::dev::Payload;
use kernel::{Act, OrganizationId};

use super::needs::Credential;
use super::{Extract, Needs, act, app, credential, tenant};
use crate::error::{ApiError, Kind};

/// Anybody.
pub(crate) struct Anybody {
    pub act: Act,
}

impl Extract for Anybody {
    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        // Not looked at, but two are never right.
        if let Err(error) = credential::presented(request)
            && error.kind() == Kind::AMBIGUOUS_HEADER
        {
            return Err(error);
        }
        Ok(Self { act: act::begin(request)? })
    }
}

/// Somebody whose access token is good.
pub(crate) struct SignedIn {
    pub caller: Caller,
    pub act: Act,
}

impl Extract for SignedIn {
    fn tell(needs: &mut Needs) {
        needs.credential = Credential::Required;
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let MaybeSignedIn { caller, act } = MaybeSignedIn::extract(request, payload).await?;
        Ok(Self { caller: caller.ok_or(Kind::TOKEN_MISSING)?, act })
    }
}

/// Somebody whose access token is good, or nobody; a bad token is refused.
pub(crate) struct MaybeSignedIn {
    pub caller: Option<Caller>,
    pub act: Act,
}

impl Extract for MaybeSignedIn {
    fn tell(needs: &mut Needs) {
        needs.credential = Credential::Optional;
    }

    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        let act = act::begin(request)?;
        let Some(token) = credential::presented(request)? else { return Ok(Self { caller: None, act }) };
        let caller = app(request)?.access.authenticate(&act, token).await?;
        Ok(Self { act: act.by(caller.actor()), caller: Some(caller) })
    }
}

/// Somebody whose access token is good, and who gave a factor a moment ago.
pub(crate) struct SteppedUp {
    pub caller: Caller,
    pub act: Act,
}

impl Extract for SteppedUp {
    fn tell(needs: &mut Needs) {
        SignedIn::tell(needs);
        needs.step_up = true;
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let SignedIn { caller, act } = SignedIn::extract(request, payload).await?;
        app(request)?.access.require_step_up(&act, &caller).await?;
        Ok(Self { caller, act })
    }
}

/// Somebody who administers the installation, to read; who does not is refused, and that is written down.
pub(crate) struct Administrator {
    pub caller: Caller,
    pub act: Act,
}

impl Extract for Administrator {
    fn tell(needs: &mut Needs) {
        SignedIn::tell(needs);
        needs.permission = Some(ADMINISTER);
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let SignedIn { caller, act } = SignedIn::extract(request, payload).await?;
        app(request)?.access.administer(&act, &caller).await?;
        Ok(Self { caller, act })
    }
}

/// An [`Administrator`] who gave a factor a moment ago, to write. Who administers nothing is not asked for one.
pub(crate) struct SteppedUpAdministrator {
    pub act: Act,
}

impl Extract for SteppedUpAdministrator {
    fn tell(needs: &mut Needs) {
        Administrator::tell(needs);
        needs.step_up = true;
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let Administrator { caller, act } = Administrator::extract(request, payload).await?;
        app(request)?.access.require_step_up(&act, &caller).await?;
        Ok(Self { act })
    }
}

/// Somebody on the way out: a token that is too old still says which session is meant.
pub(crate) struct Leaving {
    pub caller: Caller,
    pub act: Act,
}

impl Extract for Leaving {
    fn tell(needs: &mut Needs) {
        needs.credential = Credential::EvenExpired;
    }

    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        let act = act::begin(request)?;
        let token = credential::presented(request)?.ok_or(Kind::TOKEN_MISSING)?;
        let caller = app(request)?.access.authenticate_to_leave(&act, token).await?;
        Ok(Self { act: act.by(caller.actor()), caller })
    }
}

/// A member within the organization that the request, or else the sign-in, names.
pub(crate) struct Inside {
    pub caller: Caller,
    pub entered: Entered,
    pub act: Act,
}

impl Inside {
    pub fn organization(&self) -> OrganizationId {
        self.entered.organization
    }
}

impl Extract for Inside {
    fn tell(needs: &mut Needs) {
        SignedIn::tell(needs);
        needs.tenant = true;
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let SignedIn { caller, act } = SignedIn::extract(request, payload).await?;
        let entered = app(request)?.access.enter(&caller, tenant::wanted(request)?).await?;
        Ok(Self { act: act.within(entered.organization), caller, entered })
    }
}

/// A member who holds the permission `P`; who does not is refused, and that is written down.
pub(crate) struct Allowed<P> {
    inside: Inside,
    permission: PhantomData<P>,
}

impl<P: needed::Needed> Extract for Allowed<P> {
    fn tell(needs: &mut Needs) {
        Inside::tell(needs);
        needs.permission = Some(P::PERMISSION);
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let inside = Inside::extract(request, payload).await?;
        let Inside { act, caller, entered } = &inside;
        app(request)?.access.authorize(act, caller, entered, &P::PERMISSION).await?;
        Ok(Self { inside, permission: PhantomData })
    }
}

impl<P> Deref for Allowed<P> {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        &self.inside
    }
}

/// The permissions as types, so that a handler's signature can name the one it needs.
pub(crate) mod needed {
    use kernel::Permission;
    use rbac::system;

    pub(crate) trait Needed {
        const PERMISSION: Permission;
    }

    macro_rules! needed {
        ($($name:ident = $permission:ident;)*) => {$(
            pub(crate) struct $name;

            impl Needed for $name {
                const PERMISSION: Permission = system::$permission;
            }
        )*};
    }

    needed! {
        TeamView = TEAM_VIEW;
        TeamInvite = TEAM_INVITE;
        WebhooksManage = WEBHOOKS_MANAGE;
        AuditView = AUDIT_VIEW;
        EntitlementsView = ENTITLEMENTS_VIEW;
        EntitlementsManage = ENTITLEMENTS_MANAGE;
        EntitlementsConsume = ENTITLEMENTS_CONSUME;
    }
}
