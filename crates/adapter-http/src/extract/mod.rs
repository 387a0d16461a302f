//! What handlers ask for in their signatures. A signature is the whole truth about an endpoint's door: credential,
//! organization and permission are taken from it, and the specification says what it says.

mod accepts;
mod act;
mod body;
mod creating;
mod credential;
mod csrf_cookie;
mod doors;
mod entering;
mod flow_cookie;
mod idempotency_key;
mod if_none_match;
mod listing;
mod looked;
mod named;
pub(crate) mod needed;
mod needs;
mod query;
mod shape;
mod strict_json;
mod tenant;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::web::{Data, Path};
use kernel::Fault;
use serde::de::DeserializeOwned;

pub(crate) use accepts::Accepts;
pub(crate) use body::{JsonBody, MaybeBody, Tried, Upload, hold_refresh_token};
pub(crate) use creating::{Creating, MaybeCreating, Repeating};
pub(crate) use credential::{are_two, hand_over, is_by_cookie};
pub(crate) use csrf_cookie::CsrfCookie;
pub(crate) use doors::{
    Administrator, Allowed, Anybody, Identified, InOwnRight, InPerson, Inside, Leaving, MaybeSignedIn, SignedIn,
    SteppedUp, SteppedUpAdministrator, SteppedUpAdministratorOf, SteppedUpInPerson,
};
pub(crate) use entering::{Renewing, SigningIn, SigningUp, Unlimited};
pub(crate) use flow_cookie::FlowCookie;
pub(crate) use idempotency_key::{IDEMPOTENCY_KEY, IdempotencyKey};
pub(crate) use if_none_match::IfNoneMatch;
pub(crate) use listing::{Asked, Listing};
pub(crate) use looked::Asking;
pub(crate) use named::{Named, NamedWord, id};
pub use needs::Credential;
pub(crate) use needs::{Body, Charge, Needs, Tenancy};
pub(crate) use query::QueryArgs;
pub(crate) use tenant::{Tenant, X_TENANT};

use crate::App;
use crate::error::{ApiError, Kind};
use crate::registry::{Patience, within_mount};

/// Something a handler asks for.
pub(crate) trait Extract: Sized {
    /// It waits for what the client is still sending, which is not our time.
    const IS_SENT: bool = false;

    /// What it needs of the request, for the specification.
    fn tell(_needs: &mut Needs) {}

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError>;
}

/// All a handler asks for, taken one after the other: doors stand first, so that nobody learns what is wrong with a
/// body they may not send.
pub(crate) trait Arguments: Sized {
    fn tell(needs: &mut Needs);

    async fn take(request: &HttpRequest, payload: &mut Payload, patience: &mut Patience) -> Result<Self, ApiError>;
}

macro_rules! arguments {
    ($($part:ident)+) => {
        impl<$($part: Extract),+> Arguments for ($($part,)+) {
            fn tell(needs: &mut Needs) {
                $($part::tell(needs);)+
            }

            async fn take(
                request: &HttpRequest,
                payload: &mut Payload,
                patience: &mut Patience,
            ) -> Result<Self, ApiError> {
                Ok(($({
                    let part = $part::extract(request, payload);
                    if $part::IS_SENT { part.await? } else { patience.spend(part).await? }
                },)+))
            }
        }
    };
}

impl Arguments for () {
    fn tell(_: &mut Needs) {}

    async fn take(_: &HttpRequest, _: &mut Payload, _: &mut Patience) -> Result<Self, ApiError> {
        Ok(())
    }
}

arguments! { A }
arguments! { A B }
arguments! { A B C }
arguments! { A B C D }
arguments! { A B C D E }

impl Extract for Data<App> {
    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        app(request).cloned()
    }
}

impl<T: DeserializeOwned + 'static> Extract for Path<T> {
    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        // What does not read as text names nothing.
        let path = <Self as actix_web::FromRequest>::from_request(request, payload).await;
        path.map_err(|_| Kind::NOT_FOUND.into())
    }
}

/// The route's path, the same under every mount.
fn route(request: &HttpRequest) -> String {
    within_mount(&request.match_pattern().unwrap_or_default()).to_owned()
}

pub(crate) fn app(request: &HttpRequest) -> Result<&Data<App>, ApiError> {
    request.app_data().ok_or_else(|| Fault::defect("the API is mounted without its App").into())
}
