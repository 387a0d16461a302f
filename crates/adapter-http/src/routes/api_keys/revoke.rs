use actix_web::web::Data;
use identity::KeyOwner;
use kernel::KeyId;

use crate::App;
use crate::answer::NoContent;
use crate::error::ApiError;
use crate::extract::needed::ApiKeysManage;
use crate::extract::{InPerson, Named};

/// Revoke a key of the organization
#[utoipa::path(delete, path = "/api-keys/{id}", tag = "api-keys",
    params(("id" = Uuid, Path, description = "The key's id.")),
    responses(
        (status = 204, description = "It is worth nothing any more."),
        (status = 404, description = "No such key, or none of the organization's."),
    ),
)]
pub(super) async fn revoke_api_key(
    door: InPerson<ApiKeysManage>,
    id: Named<KeyId>,
    app: Data<App>,
) -> Result<NoContent, ApiError> {
    app.manage_keys.revoke(&door.act, KeyOwner::Organization(door.organization()), id.0).await?;
    Ok(NoContent)
}
