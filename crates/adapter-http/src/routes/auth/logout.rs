use actix_web::web::Data;
use identity::Error;

use crate::App;
use crate::answer::NoContent;
use crate::error::{ApiError, Kind};
use crate::extract::Leaving;

/// Sign out
///
/// Ends this session at once, its access tokens included; also with an access token that has expired.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", responses(
    (status = 204, description = "The session has ended."),
))]
pub(super) async fn logout(door: Leaving, app: Data<App>) -> Result<NoContent, ApiError> {
    let ended = app.end_session.run(&door.act, door.caller.user, door.caller.session).await;
    ended.map(|()| NoContent).map_err(|error| match error {
        // The token names it: a token of nothing.
        Error::SessionNotFound => Kind::TOKEN_INVALID.into(),
        other => other.into(),
    })
}
