use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::App;
use crate::error::ApiError;
use crate::extract::Anybody;

/// A new key signs seconds after it is told, and one may have to go at once.
const KEPT: &str = "no-cache";

/// A JWK set (RFC 7517).
#[derive(Serialize, ToSchema)]
pub(super) struct JwkSet {
    /// Empty where access tokens are signed symmetrically.
    #[schema(value_type = Vec<Object>)]
    keys: Vec<Value>,
}

/// The public keys that access tokens can be verified by
///
/// Ask again for a key that is not there: a new one may sign a few seconds after it is told.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "auth", responses(
    (status = 200, description = "Those whose tokens still count.", body = JwkSet),
))]
pub(super) async fn jwks(door: Anybody, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let keys = app.tokens.public_keys(door.act.at);
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, KEPT)).json(keys))
}
