use actix_web::Either;
use actix_web::web::Data;
use kernel::SessionId;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::{Named, SignedIn};
use crate::signed_out::SignedOut;

/// End one of one's sessions at once, its access tokens included
#[utoipa::path(delete, path = "/me/sessions/{id}", tag = "me",
    params(("id" = Uuid, Path, description = "The session's id.")),
    responses(
        (status = 204, description = "The session has ended.",
        headers(("Set-Cookie" = String, description = "A browser forgets its cookies."), ("Clear-Site-Data" = String, description = "And what it keeps besides."))),
        (status = 404, description = "No such session, or none of the caller's."),
    ),
)]
pub(super) async fn end_session(
    door: SignedIn,
    id: Named<SessionId>,
    app: Data<App>,
) -> Result<Either<SignedOut, NoContent>, ApiError> {
    app.end_session.run(&door.act, door.caller.user, id.0).await?;
    Ok(if id.0 == door.caller.session { Either::Left(SignedOut) } else { Either::Right(NoContent) })
}
