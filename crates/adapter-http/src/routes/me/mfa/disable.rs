use actix_web::web::Data;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::SteppedUp;

/// Use no authenticator any more
///
/// Its recovery codes are gone too. All other sessions end.
#[utoipa::path(post, path = "/me/mfa/disable", tag = "me", responses(
    (status = 204, description = "No sign-in asks for a second factor any more."),
    (status = 409, description = "None is in use, or an organization of the caller demands one (`illegal_state`, `mfa_demanded`)."),
))]
pub(super) async fn disable_mfa(door: SteppedUp, app: Data<App>) -> Result<NoContent, ApiError> {
    app.disable_mfa.run(&door.act, door.caller.user, door.caller.session).await?;
    Ok(NoContent)
}
