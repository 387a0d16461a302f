use accounts::AcceptInput;
use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::Hidden;
use crate::error::ApiError;
use crate::extract::{Creating, MaybeSignedIn};
use crate::routes::delivery::Delivery;
use crate::routes::views::Membership;

/// The token from the mail; who is not signed in gives a username and a password besides.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Acceptance {
    token: Hidden,
    #[schema(min_length = 3, max_length = 50, pattern = "^[a-zA-Z0-9_]+$", example = "johndoe")]
    username: Option<String>,
    #[schema(value_type = Option<String>, format = Password, min_length = 8, max_length = 128, example = "SecurePass123!")]
    password: Option<Hidden>,
}

/// Accept an invitation, once: as a new user, or as the signed-in one it was sent to
#[utoipa::path(post, path = "/invitations/accept", tag = "team", request_body = Acceptance, responses(
    (status = 200, description = "The organization, the user and a sign-in.", body = Membership),
    (status = 403, description = "The invitation is for another address, or the user's is not verified (`another_address`, `email_not_verified`)."),
    (status = 422, description = "The invitation is unknown, used or too old; or the given data is invalid (`token_invalid`)."),
    (status = 409, description = "A member already, or the email address or the username is taken (`already_member`, `email_taken`, `username_taken`)."),
))]
pub(super) async fn accept_invitation(
    door: MaybeSignedIn,
    delivery: Delivery,
    app: Data<App>,
    body: Creating<Acceptance>,
) -> Result<HttpResponse, ApiError> {
    let (act, Acceptance { token, username, password }) = body.by(&door.act)?;
    let password = password.map(|it| it.0);
    let input = AcceptInput { token: token.0, username, password, caller: door.caller };
    let joined = app.accept_invitation.run(&act, input).await?;
    Ok(delivery.join(&app, HttpResponse::Ok(), joined))
}
