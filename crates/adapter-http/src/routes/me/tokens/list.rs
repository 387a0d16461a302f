use actix_web::web::{Data, Json};
use identity::{Key, KeyOwner};
use kernel::{Id, Time};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::{List, Moment};
use crate::error::ApiError;
use crate::extract::{Asked, Listing, SignedIn};
use crate::routes::views::scopes;

/// A personal token, as told to its owner.
#[derive(Serialize, ToSchema)]
pub(in crate::routes::me) struct MyToken {
    id: Uuid,
    #[schema(example = "Backups")]
    name: String,
    /// How it begins and ends.
    #[schema(example = "pcp_...1a2b")]
    hint: String,
    /// What it may at most.
    #[schema(example = json!(["team.view"]))]
    permissions: Vec<String>,
    #[schema(required)]
    expires_at: Option<Moment>,
    #[schema(required)]
    last_used_at: Option<Moment>,
    created_at: Moment,
}

impl From<(Key, Option<Time>)> for MyToken {
    fn from((key, last_used_at): (Key, Option<Time>)) -> Self {
        Self {
            id: key.id.uuid(),
            name: key.name.as_str().to_owned(),
            permissions: scopes(&key).unwrap_or_default(),
            hint: key.hint,
            expires_at: key.expires_at.map(Moment),
            last_used_at: last_used_at.map(Moment),
            created_at: Moment(key.created_at),
        }
    }
}

/// One's personal tokens
#[utoipa::path(get, path = "/me/tokens", tag = "me", responses(
    (status = 200, description = "The newest first.", body = List<MyToken>),
))]
pub(super) async fn list_tokens(
    door: SignedIn,
    app: Data<App>,
    listing: Listing,
) -> Result<Json<List<MyToken>>, ApiError> {
    let Asked { page, cursors, .. } = listing.by(&door.act)?;
    let page = app.keys.of(KeyOwner::User(door.caller.user), page).await?;
    Ok(Json(List::of(page, &cursors, MyToken::from)))
}
