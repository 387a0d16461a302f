use actix_web::HttpResponse;
use actix_web::http::header::CLEAR_SITE_DATA;
use actix_web::web::Data;
use identity::Error;

use crate::App;
use crate::cookies::Kept;
use crate::error::{ApiError, Kind};
use crate::extract::Leaving;

/// Sign out
///
/// Ends this session at once, its access tokens included; also with an access token that has expired. A browser forgets
/// its cookies.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", responses(
    (status = 204, description = "The session has ended."),
))]
pub(super) async fn logout(door: Leaving, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let ended = app.end_session.run(&door.act, door.caller.user, door.caller.session).await;
    ended.map_err(|error| match error {
        // The token names it: a token of nothing.
        Error::SessionNotFound => Kind::TOKEN_INVALID.into(),
        other => ApiError::from(other),
    })?;
    let mut answer = HttpResponse::NoContent();
    answer.insert_header((CLEAR_SITE_DATA, "\"cache\", \"storage\""));
    for kept in Kept::ALL {
        answer.cookie(app.cookies.forget(kept));
    }
    Ok(answer.finish())
}
