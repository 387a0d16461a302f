use kernel::OrganizationId;
use rbac::{CustomPermission, system};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::List;
use crate::error::ApiError;

/// A permission.
#[derive(Serialize, ToSchema)]
pub(crate) struct PermissionDetails {
    #[schema(example = "team.view")]
    key: String,
    /// What it is for.
    #[schema(example = "See the members and their roles.")]
    description: String,
    /// Whether the organization declared it.
    is_custom: bool,
}

impl From<CustomPermission> for PermissionDetails {
    fn from(declared: CustomPermission) -> Self {
        Self { key: declared.permission.to_string(), description: declared.description, is_custom: true }
    }
}

impl PermissionDetails {
    /// The system's and the organization's own, in order.
    pub async fn all(app: &App, organization: OrganizationId) -> Result<List<Self>, ApiError> {
        let own = app.custom_permissions.of(organization).await?.into_iter().map(Self::from);
        let system = system::PERMISSIONS.iter().map(|(permission, description)| Self {
            key: permission.to_string(),
            description: description.trim().to_owned(),
            is_custom: false,
        });
        let mut all: Vec<Self> = system.chain(own).collect();
        all.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(List::whole(all, |it| it))
    }
}
