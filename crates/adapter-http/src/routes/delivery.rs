//! How whoever signs in is given tokens: in the body, or for a browser to keep.

use accounts::Joined;
use actix_web::dev::Payload;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use identity::{Renewed, SignedIn};
use kernel::Secret;
use serde::Deserialize;
use utoipa::ToSchema;

use super::views::{AccessToken, Membership, Tokens};
use crate::App;
use crate::cookies::Kept;
use crate::error::{ApiError, Kind};
use crate::extract::{Extract, Needs, QueryArgs, app, is_by_cookie};

/// As `?cookie=true` asks for it.
pub(super) struct Delivery {
    in_cookies: bool,
}

/// How it is asked for.
#[derive(Deserialize, ToSchema)]
struct Wish {
    /// True: a browser keeps the tokens, in cookies that no script reads, and the answer does not hold them. The request must
    /// come from a page of this installation, or with the `X-CSRF-Token` of `GET /auth/csrf`.
    cookie: Option<bool>,
}

impl Extract for Delivery {
    fn tell(needs: &mut Needs) {
        QueryArgs::<Wish>::tell(needs);
        needs.sets_cookies = true;
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let QueryArgs(Wish { cookie }) = QueryArgs::extract(request, payload).await?;
        let in_cookies = cookie == Some(true);
        let app = app(request)?;
        if in_cookies && !app.csrf.is_proved(&app.cookies, request) {
            return Err(Kind::CSRF.into());
        }
        Ok(Self { in_cookies })
    }
}

impl Delivery {
    pub fn sign_in(&self, app: &App, signed_in: SignedIn) -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        let tokens = self.tokens(app, &mut answer, signed_in);
        answer.json(tokens)
    }

    pub fn join(&self, app: &App, mut answer: HttpResponseBuilder, joined: Joined) -> HttpResponse {
        let organization = joined.organization.into();
        let tokens = self.tokens(app, &mut answer, joined.signed_in);
        answer.json(Membership { organization, tokens })
    }

    fn tokens(&self, app: &App, answer: &mut HttpResponseBuilder, signed_in: SignedIn) -> Tokens {
        if !self.in_cookies {
            return signed_in.into();
        }
        for cookie in app.cookies.sign_in(&signed_in) {
            answer.cookie(cookie);
        }
        Tokens::from(signed_in).kept()
    }
}

/// As the credential came.
pub(super) struct SameWay(Delivery);

impl Extract for SameWay {
    fn tell(needs: &mut Needs) {
        needs.sets_cookies = true;
    }

    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        Ok(Self(Delivery { in_cookies: is_by_cookie(request) }))
    }
}

impl SameWay {
    pub fn renew(&self, app: &App, renewed: Renewed) -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        if !self.0.in_cookies {
            return answer.json(AccessToken::from(renewed));
        }
        answer.cookie(app.cookies.renew(&renewed)).json(AccessToken::from(renewed).kept())
    }
}

/// The refresh token a browser keeps.
pub(super) struct RefreshCookie(pub Option<Secret>);

impl Extract for RefreshCookie {
    fn tell(needs: &mut Needs) {
        needs.sets_cookies = true;
    }

    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        let kept = app(request)?.cookies.shown(request, Kept::Refresh);
        Ok(Self(kept.filter(|_| is_by_cookie(request)).map(Secret::new)))
    }
}

impl RefreshCookie {
    /// The token to be rotated, and how its successor is told: what the body names counts before what the browser keeps.
    pub fn or(self, sent: Option<Secret>) -> Option<(Secret, Delivery)> {
        let sent = sent.map(|it| (it, Delivery { in_cookies: false }));
        sent.or_else(|| self.0.map(|it| (it, Delivery { in_cookies: true })))
    }
}
