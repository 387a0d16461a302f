use accounts::ShownKey;
use kernel::Id;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::{Hidden, Moment};

/// A key of the organization; it is shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownApiKey {
    id: Uuid,
    #[schema(example = "Deployments")]
    name: String,
    #[schema(example = "hbx_…")]
    key: Hidden,
    /// What it may at most; null for everything the admin role may.
    #[schema(required, example = json!(["team.view"]))]
    scopes: Option<Vec<String>>,
    #[schema(required)]
    expires_at: Option<Moment>,
}

impl From<ShownKey> for ShownApiKey {
    fn from(key: ShownKey) -> Self {
        Self {
            id: key.id.uuid(),
            name: key.name.as_str().to_owned(),
            key: Hidden(key.key),
            scopes: key.scopes.map(|it| it.iter().map(ToString::to_string).collect()),
            expires_at: key.expires_at.map(Moment),
        }
    }
}
