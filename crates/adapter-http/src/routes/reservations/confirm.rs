use actix_web::web::{Data, Json};
use kernel::ReservationId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::error::ApiError;
use crate::extract::needed::EntitlementsConsume;
use crate::extract::{Allowed, MaybeBody, Named};
use crate::routes::entitlements::meter::{Usage, told};

/// What it came to.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmation {
    /// Less or more than was reserved, and at least 1; without it what was reserved. More has to be there.
    #[schema(minimum = 1, example = 8)]
    quantity: Option<i64>,
}

/// Count what a reservation was made for
#[utoipa::path(post, path = "/reservations/{id}/confirm", tag = "entitlements", request_body = Confirmation,
    params(("id" = Uuid, Path, description = "The reservation's id.")),
    responses(
        (status = 200, description = "It counts.", body = Usage),
        (status = 403, description = "More than was reserved, and the organization has no subscription any more (`not_entitled`)."),
        (status = 404, description = "No such reservation."),
        (status = 409, description = "It is released or expired, or was confirmed with another quantity (`illegal_state`)."),
        (status = 429, description = "More than was reserved, and that would pass a hard quota; it stays open (`quota_exceeded`)."),
    ),
)]
pub(super) async fn confirm(
    door: Allowed<EntitlementsConsume>,
    id: Named<ReservationId>,
    app: Data<App>,
    body: MaybeBody<Confirmation>,
) -> Result<Json<Usage>, ApiError> {
    let Confirmation { quantity } = body.0;
    told(app.reserve.confirm(&door.act, door.organization(), id.0, quantity).await?, door.act.at).map(Json)
}
