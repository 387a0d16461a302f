use actix_web::web::{Data, Json};
use chrono::TimeDelta;
use kernel::KeyId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::shown::ShownApiKey;
use crate::App;
use crate::error::ApiError;
use crate::extract::needed::ApiKeysManage;
use crate::extract::{MaybeCreating, Named, SteppedUpInPerson};

/// For how long the key before goes on.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Overlap {
    /// A day where nothing is said.
    #[schema(minimum = 0, maximum = 2_592_000, example = 86_400)]
    overlap_seconds: Option<u32>,
}

impl Overlap {
    const USUAL: TimeDelta = TimeDelta::days(1);
}

/// Give a key of the organization another text
///
/// The one before is good until the overlap is over. The caller answers for the key from now on.
#[utoipa::path(post, path = "/api-keys/{id}/rotate", tag = "api-keys", request_body = Overlap,
    params(("id" = Uuid, Path, description = "The key's id.")),
    responses(
        (status = 200, description = "The key, with its new text.", body = ShownApiKey),
        (status = 403, description = "A scope is not held, or the caller's address is not verified (`email_not_verified`)."),
        (status = 404, description = "No such key, or none of the organization's."),
        (status = 409, description = "The one before the last rotation is still good; it ends where the overlap is 0 (`illegal_state`)."),
    ),
)]
pub(super) async fn rotate_api_key(
    door: SteppedUpInPerson<ApiKeysManage>,
    id: Named<KeyId>,
    app: Data<App>,
    body: MaybeCreating<Overlap>,
) -> Result<Json<ShownApiKey>, ApiError> {
    let (act, Overlap { overlap_seconds }) = body.by(&door.act)?;
    let overlap = overlap_seconds.map_or(Overlap::USUAL, |it| TimeDelta::seconds(it.into()));
    let rotated = app.manage_keys.rotate(&act, &door.caller, door.organization(), id.0, overlap).await?;
    Ok(Json(rotated.into()))
}
