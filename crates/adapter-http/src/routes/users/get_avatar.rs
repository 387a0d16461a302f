use actix_web::HttpResponse;
use actix_web::web::Data;
use kernel::UserId;

use crate::App;
use crate::answer::{picture_tag, shown};
use crate::error::{ApiError, Kind};
use crate::extract::{IfNoneMatch, Named, SignedIn};

/// A colleague's avatar
#[utoipa::path(get, path = "/users/{id}/avatar", tag = "users",
    params(("id" = String, Path, description = "The user's id.")),
    responses(
        (status = 200, description = "The picture.", content(("image/png"), ("image/jpeg"))),
        (status = 304, description = "It is the one that `If-None-Match` names."),
        (status = 404, description = "No such user, or nobody the caller shares an organization with, or without avatar."),
    ),
)]
pub(super) async fn get_avatar_of(
    door: SignedIn,
    app: Data<App>,
    user: Named<UserId>,
    known: IfNoneMatch,
) -> Result<HttpResponse, ApiError> {
    let avatar = app.read_avatar.run(door.caller.user, user.0, |file| known.names(&picture_tag(file))).await?;
    shown("avatar", avatar.ok_or(Kind::NOT_FOUND)?)
}
