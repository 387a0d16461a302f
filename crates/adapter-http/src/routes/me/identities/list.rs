use actix_web::web::{Data, Json};
use identity::ProviderIdentity;
use kernel::Id;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::{List, Moment};
use crate::error::ApiError;
use crate::extract::SignedIn;

/// An account at a provider that one can sign in by.
#[derive(Serialize, ToSchema)]
pub(super) struct MyIdentity {
    id: Uuid,
    #[schema(example = "google")]
    provider: &'static str,
    /// As the provider told it when it was linked.
    #[schema(required, example = "user@example.com")]
    email: Option<String>,
    created_at: Moment,
}

impl From<ProviderIdentity> for MyIdentity {
    fn from(identity: ProviderIdentity) -> Self {
        Self {
            id: identity.id.uuid(),
            provider: identity.provider.as_str(),
            email: identity.email.map(|it| it.to_string()),
            created_at: Moment(identity.created_at),
        }
    }
}

/// The accounts at providers that one can sign in by
#[utoipa::path(get, path = "/me/identities", tag = "me", responses(
    (status = 200, description = "All of them, the oldest first.", body = List<MyIdentity>),
))]
pub(super) async fn list_identities(door: SignedIn, app: Data<App>) -> Result<Json<List<MyIdentity>>, ApiError> {
    Ok(Json(List::whole(app.identities.of(door.caller.user).await?, MyIdentity::from)))
}
