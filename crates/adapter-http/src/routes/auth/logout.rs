use actix_web::http::StatusCode;
use actix_web::web::Data;
use identity::Error;

use crate::App;
use crate::error::{ApiError, Kind};
use crate::extract::{Leaving, Tried};
use crate::signed_out::SignedOut;

/// Sign out
///
/// Ends this session at once, its access tokens included; also with an access token that has expired. A browser forgets
/// its cookies, also those that were worth nothing.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", responses(
    (status = 204, description = "The session has ended.",
        headers(("Set-Cookie" = String, description = "A browser forgets its cookies."), ("Clear-Site-Data" = String, description = "And what it keeps besides."))),
))]
pub(super) async fn logout(door: Tried<Leaving>, app: Data<App>) -> Result<SignedOut, ApiError> {
    match leave(door.0, &app).await {
        // What names no session that goes on will never be worth more; after a fault it is needed once again.
        Err(error) if error.kind().status == StatusCode::UNAUTHORIZED => Err(error.parting()),
        left => left.map(|()| SignedOut),
    }
}

async fn leave(door: Result<Leaving, ApiError>, app: &App) -> Result<(), ApiError> {
    let Leaving { caller, act } = door?;
    let ended = app.end_session.run(&act, caller.user, caller.session).await;
    ended.map_err(|error| match error {
        // The token names it: a token of nothing.
        Error::SessionNotFound => Kind::TOKEN_INVALID.into(),
        other => other.into(),
    })
}
