//! Who may come in.

use std::marker::PhantomData;
use std::ops::Deref;

use accounts::{ADMINISTER, Caller, Entered, Error, Person};
use actix_web::HttpRequest;
use actix_web::dev::Payload;
use identity::Worth;
use kernel::{Act, OrganizationId, OrganizationRef, RoleKey, TokenHash};

use super::credential::Presented;
use super::needed::Needed;
use super::needs::{Credential, Tenancy};
use super::{Extract, Needs, act, app, credential, looked, tenant};
use crate::App;
use crate::cookies::Kept;
use crate::error::{ApiError, Kind};

/// Anybody.
pub(crate) struct Anybody {
    pub act: Act,
}

impl Extract for Anybody {
    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        // Not looked at, but a cookie from elsewhere is not right here either.
        match credential::presented(request) {
            Err(error) if error.kind() == Kind::CSRF => Err(error),
            _ => Ok(Self { act: act::begin(request)? }),
        }
    }
}

/// Anybody whose credential is good: a person, an organization by a key of its own, or a program by a personal token.
pub(crate) struct Identified {
    pub caller: Caller,
    pub act: Act,
}

impl Extract for Identified {
    fn tell(needs: &mut Needs) {
        needs.credential = Credential::Any;
    }

    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        let act = act::begin(request)?;
        let presented = required(request, &act).await?;
        let caller = looked::authenticate(app(request)?, request, &act, presented).await?;
        Ok(Self { act: act.by(caller.actor()).narrowed(caller.narrowed().cloned()), caller })
    }
}

/// A person whose access token is good.
pub(crate) struct SignedIn {
    pub caller: Person,
    pub act: Act,
}

impl Extract for SignedIn {
    fn tell(needs: &mut Needs) {
        needs.credential = Credential::Person;
    }

    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        let act = act::begin(request)?;
        let presented = required(request, &act).await?;
        let caller = looked::authenticate_person(app(request)?, request, &act, presented).await?;
        Ok(Self { act: act.by(caller.actor()), caller })
    }
}

/// A person whose access token is good, or nobody; a bad token is refused.
pub(crate) struct MaybeSignedIn {
    pub caller: Option<Person>,
    pub act: Act,
}

impl Extract for MaybeSignedIn {
    fn tell(needs: &mut Needs) {
        needs.credential = Credential::Optional;
    }

    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        let act = act::begin(request)?;
        let presented = credential::current(request, &act).await?;
        let Some(presented) = presented else { return Ok(Self { caller: None, act }) };
        let by_cookie = presented.by_cookie;
        match looked::authenticate_person(app(request)?, request, &act, presented).await {
            Ok(caller) => Ok(Self { act: act.by(caller.actor()), caller: Some(caller) }),
            // A browser sends its cookie whether it is still good or not.
            Err(Error::TokenInvalid | Error::TokenExpired) if by_cookie => Ok(Self { caller: None, act }),
            Err(error) => Err(error.into()),
        }
    }
}

/// A person whose access token is good, and who gave a factor a moment ago.
pub(crate) struct SteppedUp {
    pub caller: Person,
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

/// A person who administers the installation, to read; who does not is refused, and that is written down.
pub(crate) struct Administrator {
    pub caller: Person,
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

/// A [`SteppedUpAdministrator`] who writes for the organization that `X-Tenant` names, whether they belong to it or not.
pub(crate) struct SteppedUpAdministratorOf {
    pub organization: OrganizationId,
    pub act: Act,
}

impl Extract for SteppedUpAdministratorOf {
    fn tell(needs: &mut Needs) {
        SteppedUpAdministrator::tell(needs);
        needs.tenant = Tenancy::Required;
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let SteppedUpAdministrator { act } = SteppedUpAdministrator::extract(request, payload).await?;
        let wanted = tenant::wanted(request)?.ok_or(Kind::TENANT_REQUIRED)?;
        let wanted = OrganizationRef::parse(wanted).ok_or(Kind::NOT_FOUND)?;
        let organization = app(request)?.organizations.find(&wanted).await?.ok_or(Kind::NOT_FOUND)?.id;
        Ok(Self { organization, act: act.within(organization) })
    }
}

/// A person on the way out: a token that is too old still says which session is meant.
pub(crate) struct Leaving {
    pub caller: Person,
    pub act: Act,
}

impl Extract for Leaving {
    fn tell(needs: &mut Needs) {
        needs.credential = Credential::EvenExpired;
    }

    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        let act = act::begin(request)?;
        let caller = match credential::presented(request)? {
            Some(presented) => match app(request)?.access.authenticate_to_leave(&act, &presented.text).await {
                // Of a secret that was replaced since, say; the session goes on by the other cookie.
                Err(Error::TokenInvalid) if presented.by_cookie => {
                    refreshing(request, &act).await?.ok_or(Kind::TOKEN_INVALID)?
                }
                found => found?,
            },
            None if credential::is_by_cookie(request) => refreshing(request, &act).await?.ok_or(Kind::TOKEN_MISSING)?,
            None => return Err(Kind::TOKEN_MISSING.into()),
        };
        Ok(Self { act: act.by(caller.actor()), caller })
    }
}

/// Whom a browser's refresh token belongs to: of an access token it keeps nothing beyond its end.
async fn refreshing(request: &HttpRequest, act: &Act) -> Result<Option<Person>, ApiError> {
    let app = app(request)?;
    let Some(token) = app.cookies.shown(request, Kept::Refresh) else { return Ok(None) };
    let found = app.sessions.by_refresh_token(&TokenHash::of(token), act.at).await?;
    let living = found.filter(|(session, worth)| *worth != Worth::Nothing && session.ended_at.is_none());
    let session = living.map(|(session, _)| session);
    let session = session.ok_or(Kind::TOKEN_INVALID)?;
    let (user, organization) = (session.user, session.organization);
    Ok(Some(Person { user, session: session.id, organization }))
}

/// Somebody within the organization that the path, the request, or else the credential names.
pub(crate) struct Inside {
    pub caller: Caller,
    pub entered: Entered,
    pub act: Act,
}

impl Inside {
    pub fn organization(&self) -> OrganizationId {
        self.entered.organization
    }

    /// Where path and header both name one, they must name the same.
    async fn enter(request: &HttpRequest, act: Act, caller: Caller) -> Result<Self, ApiError> {
        let access = &app(request)?.access;
        let (path, header) = (tenant::of_path(request), tenant::wanted(request)?);
        let entered = access.admit(&act, &caller, path.or(header)).await?;
        if path.is_some() && header.is_some() {
            match access.admit(&act, &caller, header).await {
                Ok(other) if other.organization == entered.organization => {}
                Err(Error::Fault(fault)) => return Err(fault.into()),
                Ok(_) | Err(_) => return Err(Kind::NOT_FOUND.into()),
            }
        }
        Ok(Self { act: act.within(entered.organization), caller, entered })
    }

    /// Where the role is the owner's: whoever gives it must be a person who gave a factor a moment ago. It is named by key or
    /// id.
    pub async fn prove_to_give(&self, app: &App, role: &str) -> Result<(), ApiError> {
        if self.entered.snapshot.role_named(role) != Some(&RoleKey::OWNER) {
            return Ok(());
        }
        let person = app.access.require_person(&self.act, &self.caller).await?;
        Ok(app.access.require_step_up(&self.act, person).await?)
    }

    async fn authorize<P: Needed>(&self, request: &HttpRequest) -> Result<(), ApiError> {
        let Self { act, caller, entered } = self;
        Ok(app(request)?.access.authorize(act, caller, entered, &P::PERMISSION).await?)
    }
}

impl Extract for Inside {
    fn tell(needs: &mut Needs) {
        Identified::tell(needs);
        needs.tenant = Tenancy::Entered;
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let Identified { caller, act } = Identified::extract(request, payload).await?;
        Self::enter(request, act, caller).await
    }
}

/// Somebody who holds the permission `P`; who does not is refused, and that is written down.
pub(crate) struct Allowed<P> {
    inside: Inside,
    permission: PhantomData<P>,
}

impl<P: Needed> Extract for Allowed<P> {
    fn tell(needs: &mut Needs) {
        Inside::tell(needs);
        needs.permission = Some(P::PERMISSION);
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let inside = Inside::extract(request, payload).await?;
        inside.authorize::<P>(request).await?;
        Ok(Self { inside, permission: PhantomData })
    }
}

impl<P> Deref for Allowed<P> {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        &self.inside
    }
}

/// Somebody who holds the permission `P` in their own right: a person, or what acts as one by their token. An organization's
/// key is nobody who could give roles.
pub(crate) struct InOwnRight<P>(Allowed<P>);

impl<P: Needed> Extract for InOwnRight<P> {
    fn tell(needs: &mut Needs) {
        Allowed::<P>::tell(needs);
        needs.in_own_right = true;
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let door: Allowed<P> = Allowed::extract(request, payload).await?;
        if door.caller.acts_as().is_some() {
            app(request)?.access.require_person(&door.act, &door.caller).await?;
        }
        Ok(Self(door))
    }
}

impl<P> Deref for InOwnRight<P> {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        &self.0
    }
}

/// A person who holds the permission `P`: what no program may do, whatever its key allows.
pub(crate) struct InPerson<P> {
    pub caller: Person,
    inside: Inside,
    permission: PhantomData<P>,
}

impl<P: Needed> Extract for InPerson<P> {
    fn tell(needs: &mut Needs) {
        Allowed::<P>::tell(needs);
        SignedIn::tell(needs);
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let SignedIn { caller, act } = SignedIn::extract(request, payload).await?;
        let inside = Inside::enter(request, act, caller.into()).await?;
        inside.authorize::<P>(request).await?;
        Ok(Self { caller, inside, permission: PhantomData })
    }
}

impl<P> Deref for InPerson<P> {
    type Target = Inside;

    fn deref(&self) -> &Inside {
        &self.inside
    }
}

/// [`InPerson`], having given a factor a moment ago. Who lacks the permission is not asked for one.
pub(crate) struct SteppedUpInPerson<P>(InPerson<P>);

impl<P: Needed> Extract for SteppedUpInPerson<P> {
    fn tell(needs: &mut Needs) {
        InPerson::<P>::tell(needs);
        needs.step_up = true;
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let door = InPerson::extract(request, payload).await?;
        app(request)?.access.require_step_up(&door.act, &door.caller).await?;
        Ok(Self(door))
    }
}

impl<P> Deref for SteppedUpInPerson<P> {
    type Target = InPerson<P>;

    fn deref(&self) -> &InPerson<P> {
        &self.0
    }
}

async fn required<'a>(request: &'a HttpRequest, act: &Act) -> Result<Presented<'a>, ApiError> {
    credential::current(request, act).await?.ok_or_else(|| Kind::TOKEN_MISSING.into())
}
