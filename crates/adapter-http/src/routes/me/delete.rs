use actix_web::web::Data;

use crate::App;
use crate::error::ApiError;
use crate::extract::SteppedUp;
use crate::signed_out::SignedOut;

/// Delete one's account
///
/// It stops at once, and is erased after 30 days unless the installation says otherwise. Until then it can be recovered by
/// the link that is mailed.
#[utoipa::path(post, path = "/me/deletion", tag = "me", responses(
    (status = 204, description = "The account has stopped; every session has ended.",
        headers(("Set-Cookie" = String, description = "A browser forgets its cookies."), ("Clear-Site-Data" = String, description = "And what it keeps besides."))),
    (status = 409, description = "The caller alone owns an organization with other members, or alone administers the installation (`sole_owner`, `illegal_state`)."),
))]
pub(super) async fn delete_account(door: SteppedUp, app: Data<App>) -> Result<SignedOut, ApiError> {
    app.delete_account.run(&door.act, door.caller.user).await?;
    Ok(SignedOut)
}
