use actix_web::web::{Data, Json};
use identity::{Key, KeyOwner};
use kernel::{Id, Time};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::{List, Moment};
use crate::error::ApiError;
use crate::extract::needed::ApiKeysView;
use crate::extract::{Asked, InPerson, Listing};
use crate::routes::views::scopes;

/// A key of the organization.
#[derive(Serialize, ToSchema)]
pub(super) struct ApiKey {
    id: Uuid,
    #[schema(example = "Billing")]
    name: String,
    /// How it begins and ends.
    #[schema(example = "hbx_...1a2b")]
    hint: String,
    /// What it may at most; null for everything the admin role may.
    #[schema(required, example = json!(["team.view"]))]
    scopes: Option<Vec<String>>,
    #[schema(required)]
    expires_at: Option<Moment>,
    #[schema(required)]
    last_used_at: Option<Moment>,
    created_at: Moment,
    /// The id of who made it, or rotated it last: it may no more than they may.
    created_by: Uuid,
}

impl From<(Key, Option<Time>)> for ApiKey {
    fn from((key, last_used_at): (Key, Option<Time>)) -> Self {
        Self {
            id: key.id.uuid(),
            name: key.name.as_str().to_owned(),
            scopes: scopes(&key),
            hint: key.hint,
            expires_at: key.expires_at.map(Moment),
            last_used_at: last_used_at.map(Moment),
            created_at: Moment(key.created_at),
            created_by: key.maker.uuid(),
        }
    }
}

/// The organization's keys
#[utoipa::path(get, path = "/api-keys", tag = "api-keys", responses(
    (status = 200, description = "The newest first.", body = List<ApiKey>),
))]
pub(super) async fn list_api_keys(
    door: InPerson<ApiKeysView>,
    app: Data<App>,
    listing: Listing,
) -> Result<Json<List<ApiKey>>, ApiError> {
    let Asked { page, cursors, .. } = listing.by(&door.act)?;
    let page = app.keys.of(KeyOwner::Organization(door.organization()), page).await?;
    Ok(Json(List::of(page, &cursors, ApiKey::from)))
}
