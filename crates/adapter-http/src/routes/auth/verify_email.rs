use actix_web::web::Data;
use identity::Error;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::{Hidden, NoContent};
use crate::error::{ApiError, Kind};
use crate::extract::{Anybody, JsonBody};

/// The token from the mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Verification {
    token: Hidden,
}

/// Prove an email address by the token that was mailed to it, once
#[utoipa::path(post, path = "/auth/verify-email", tag = "auth", request_body = Verification, responses(
    (status = 204, description = "The address is verified."),
))]
pub(super) async fn verify_email(
    door: Anybody,
    app: Data<App>,
    body: JsonBody<Verification>,
) -> Result<NoContent, ApiError> {
    let JsonBody(Verification { token }) = body;
    app.verify_email.run(&door.act, &token.0).await.map_err(|error| match error {
        // It is something given, not the caller's credential.
        Error::TokenInvalid => Kind::MAILED_TOKEN_INVALID.into(),
        other => ApiError::from(other),
    })?;
    Ok(NoContent)
}
