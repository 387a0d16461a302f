use actix_web::HttpResponse;
use actix_web::web::Data;

use crate::App;
use crate::answer::{picture_tag, shown};
use crate::error::{ApiError, Kind};
use crate::extract::{IfNoneMatch, SignedIn};

/// One's avatar
#[utoipa::path(get, path = "/me/avatar", tag = "me", responses(
    (status = 200, description = "The picture.", content(("image/png"), ("image/jpeg"))),
    (status = 304, description = "It is the one that `If-None-Match` names."),
    (status = 404, description = "There is none."),
))]
pub(super) async fn get_avatar(door: SignedIn, app: Data<App>, known: IfNoneMatch) -> Result<HttpResponse, ApiError> {
    let user = door.caller.user;
    let avatar = app.read_avatar.run(user, user, |file| known.names(&picture_tag(file))).await?;
    shown("avatar", avatar.ok_or(Kind::NOT_FOUND)?)
}
