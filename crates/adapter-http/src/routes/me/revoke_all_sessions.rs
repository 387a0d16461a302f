use actix_web::web::Data;

use crate::App;
use crate::error::ApiError;
use crate::extract::SignedIn;
use crate::signed_out::SignedOut;

/// End all of one's sessions at once, this one too
#[utoipa::path(post, path = "/me/sessions/revoke-all", tag = "me", responses(
    (status = 204, description = "Every device has to sign in again.",
        headers(("Set-Cookie" = String, description = "A browser forgets its cookies."), ("Clear-Site-Data" = String, description = "And what it keeps besides."))),
))]
pub(super) async fn revoke_all_sessions(door: SignedIn, app: Data<App>) -> Result<SignedOut, ApiError> {
    app.end_all_sessions.run(&door.act, door.caller.user).await?;
    Ok(SignedOut)
}
