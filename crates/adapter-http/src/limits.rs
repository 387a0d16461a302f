//! How many requests there may be, and what each answer tells of it.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, rt};
use chrono::TimeDelta;
use kernel::{Bucket, Charged, Limit, Permission, RateLimits, RequestKind};

use crate::error::{ApiError, Kind, chain};
use crate::extract::{Asking, Charge, app, hold_refresh_token};
use crate::registry::Patience;

/// What counts requests, and how many there may be.
#[derive(Clone)]
pub struct RequestLimits {
    /// What counts.
    pub store: Arc<dyn RateLimits>,
    /// How many.
    pub table: LimitTable,
}

/// How many requests of each kind there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitTable {
    /// Tries to sign in, for each network.
    pub login_per_minute: u32,
    /// New accounts, for each network.
    pub sign_up_per_minute: u32,
    /// Other requests without a credential that is good, for each network.
    pub anonymous_per_hour: u32,
    /// Other requests, for each user or key.
    pub requests_per_minute: u32,
}

impl Default for LimitTable {
    fn default() -> Self {
        Self { login_per_minute: 5, sign_up_per_minute: 3, anonymous_per_hour: 100, requests_per_minute: 1_000 }
    }
}

impl LimitTable {
    const fn limit(&self, kind: RequestKind) -> Limit {
        let (most, window) = match kind {
            RequestKind::LogIn => (self.login_per_minute, TimeDelta::minutes(1)),
            RequestKind::SignUp => (self.sign_up_per_minute, TimeDelta::minutes(1)),
            RequestKind::Anonymous => (self.anonymous_per_hour, TimeDelta::hours(1)),
            RequestKind::Usual => (self.requests_per_minute, TimeDelta::minutes(1)),
        };
        Limit { most, window }
    }
}

/// What a request was told.
#[derive(Clone, Copy)]
struct Told {
    kind: RequestKind,
    limit: Limit,
    charged: Charged,
}

/// Says of a listener that it is for operators, who ask as often as they like, whatever they ask for.
#[derive(Clone, Copy)]
pub(crate) struct Uncounted;

/// Counts the request. Where there were too many, it is refused, and nothing else is done for it.
pub(crate) async fn admit(
    request: &HttpRequest,
    payload: &mut Payload,
    patience: &mut Patience,
    charge: Charge,
) -> Result<(), ApiError> {
    if charge == Charge::Free || request.app_data::<Uncounted>().is_some() {
        return Ok(());
    }
    let Some(limits) = &app(request)?.limits else { return Ok(()) };
    // Who sends no body that can be read shows no token in it, and learns so once that is counted.
    let (asking, sent) = match charge {
        Charge::LogIn => (Asking::from_there(request, RequestKind::LogIn)?, Ok(None)),
        Charge::SignUp => (Asking::from_there(request, RequestKind::SignUp)?, Ok(None)),
        Charge::Usual | Charge::Free => (patience.spend(Asking::of(request, None)).await?, Ok(None)),
        Charge::Renewal => {
            let sent = hold_refresh_token(request, payload).await;
            let token = sent.as_ref().ok().and_then(Option::as_ref);
            (patience.spend(Asking::of(request, token)).await?, sent)
        }
    };
    let Asking { act, kind, payer } = asking;
    let limit = limits.table.limit(kind);
    let charged = patience.spend(async { Ok(limits.store.charge(Bucket { kind, payer }, limit).await?) }).await?;
    request.extensions_mut().insert(Told { kind, limit, charged });
    if charged.passes {
        return sent.map(drop);
    }
    let denials = Arc::clone(&app(request)?.access.denials);
    rt::spawn(async move {
        if let Err(fault) = denials.refuse(&act, None, &refused(kind), Kind::TOO_MANY_REQUESTS.name).await {
            tracing::warn!(fault = %chain(&fault), "that somebody asked too often is not written yet");
        }
    });
    Err(ApiError::from(Kind::TOO_MANY_REQUESTS).retry_after(charged.seconds_left()))
}

/// As what it is written down.
const fn refused(kind: RequestKind) -> Permission {
    Permission::known(match kind {
        RequestKind::LogIn => "rate_limit.login",
        RequestKind::SignUp => "rate_limit.sign_up",
        RequestKind::Anonymous => "rate_limit.anonymous",
        RequestKind::Usual => "rate_limit.requests",
    })
}

/// The answer to what leads nowhere, which is counted too.
pub(crate) async fn astray(request: HttpRequest, error: ApiError) -> HttpResponse {
    let counted = admit(&request, &mut Payload::None, &mut Patience::default(), Charge::Usual).await;
    counted.err().unwrap_or(error).respond(&request)
}

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const SERVICE: HeaderName = HeaderName::from_static("ratelimit");

/// Adds what the request was told; the last two as draft-ietf-httpapi-ratelimit-headers has them.
pub(crate) fn tell(request: &HttpRequest, headers: &mut HeaderMap) {
    let Some(Told { kind, limit, charged }) = request.extensions().get::<Told>().copied() else { return };
    let (name, most, remaining) = (kind.as_str(), limit.most, charged.remaining);
    headers.insert(LIMIT, most.into());
    headers.insert(REMAINING, remaining.into());
    headers.insert(RESET, charged.ends_at().into());
    let policy = format!("\"{name}\";q={most};w={}", limit.window.num_seconds());
    let service = format!("\"{name}\";r={remaining};t={}", charged.seconds_left());
    for (header, value) in [(POLICY, policy), (SERVICE, service)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(header, value);
        }
    }
}
