use actix_web::web::Data;
use kernel::ReservationId;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::needed::EntitlementsConsume;
use crate::extract::{Allowed, Named};

/// Let go of a reservation
#[utoipa::path(post, path = "/reservations/{id}/release", tag = "entitlements",
    params(("id" = Uuid, Path, description = "The reservation's id.")),
    responses(
        (status = 204, description = "It keeps nothing free; also where it was released before."),
        (status = 404, description = "No such reservation."),
        (status = 409, description = "It is confirmed or expired (`illegal_state`)."),
    ),
)]
pub(super) async fn release(
    door: Allowed<EntitlementsConsume>,
    id: Named<ReservationId>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    app.reserve.release(&door.act, door.organization(), id.0).await?;
    Ok(NoContent)
}
