use actix_web::web::Data;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::{JsonBody, SteppedUp};
use crate::routes::auth::address::Address;

/// Ask for another address
///
/// It counts once it is confirmed by the link mailed to it. The current address is told.
#[utoipa::path(post, path = "/me/email", tag = "me", request_body = Address, responses(
    (status = 204, description = "The link is on its way, unless the address is somebody else's."),
    (status = 429, description = "Too many mails were asked for within an hour (`too_many_mails`)."),
))]
pub(super) async fn change_email(
    door: SteppedUp,
    app: Data<App>,
    body: JsonBody<Address>,
) -> Result<NoContent, ApiError> {
    app.request_email_change.run(&door.act, door.caller.user, &body.0.read()?).await?;
    Ok(NoContent)
}
