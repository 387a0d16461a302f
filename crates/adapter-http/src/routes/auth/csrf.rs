use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::Hidden;
use crate::csrf::X_CSRF_TOKEN;
use crate::error::ApiError;
use crate::extract::{Anybody, CsrfCookie};

/// What shows that a request comes from a page that could read this.
#[derive(Serialize, ToSchema)]
pub(super) struct CsrfToken {
    /// For the header `X-CSRF-Token`.
    csrf_token: Hidden,
}

/// Get a token against forged requests
///
/// Good for a day in the browser that keeps the cookie of this answer, and only needed where it sends no `Origin`.
#[utoipa::path(get, path = "/auth/csrf", tag = "auth", responses(
    (status = 200, description = "The token, in the header `X-CSRF-Token` too.", body = CsrfToken,
        headers(("X-CSRF-Token" = String, description = "The token."))),
))]
pub(super) async fn csrf(door: Anybody, cookie: CsrfCookie, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let kept = cookie.0.unwrap_or_else(|| door.act.token().secret().clone());
    let token = app.csrf.token(kept.expose());
    let mut answer = HttpResponse::Ok();
    answer.insert_header((X_CSRF_TOKEN, token.clone())).cookie(app.cookies.prove(kept.expose()));
    Ok(answer.json(CsrfToken { csrf_token: Hidden(token.into()) }))
}
