use actix_web::web::Data;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::Leaving;

/// Sign out
///
/// Ends this session at once, its access tokens included; also with an access token that has expired.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", responses(
    (status = 204, description = "The session has ended."),
))]
pub(super) async fn logout(door: Leaving, app: Data<App>) -> Result<NoContent, ApiError> {
    app.log_out.run(&door.act, door.caller.session).await?;
    Ok(NoContent)
}
