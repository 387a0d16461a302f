use kernel::{Id, OrganizationId};
use rbac::{CustomRole, system};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::error::ApiError;

/// A role.
#[derive(Serialize, ToSchema)]
pub(crate) struct Role {
    id: Uuid,
    #[schema(example = "beekeeper")]
    key: String,
    #[schema(example = "Beekeeper")]
    name: String,
    /// What it holds itself, wildcards as they stand.
    #[schema(example = json!(["hives.*", "team.view"]))]
    permissions: Vec<String>,
    /// Whose permissions it holds besides: roles' keys.
    #[schema(example = json!(["member"]))]
    inherits: Vec<String>,
    /// Whether it comes with every organization and can't be changed.
    is_system: bool,
}

impl From<rbac::Role> for Role {
    fn from(role: rbac::Role) -> Self {
        Self {
            id: role.id.uuid(),
            key: role.key.to_string(),
            name: role.name,
            permissions: role.permissions.iter().map(ToString::to_string).collect(),
            inherits: role.inherits.iter().map(ToString::to_string).collect(),
            is_system: role.is_system,
        }
    }
}

impl From<CustomRole> for Role {
    fn from(role: CustomRole) -> Self {
        rbac::Role::from(&role).into()
    }
}

impl Role {
    /// The system's, then the organization's own.
    pub async fn all(app: &App, organization: OrganizationId) -> Result<Vec<Self>, ApiError> {
        let own = app.roles.of(organization).await?.into_iter().map(Self::from);
        Ok(system::roles().into_iter().map(Self::from).chain(own).collect())
    }

    /// Whether it is named so, by key or id.
    pub fn is_named(&self, name: &str) -> bool {
        self.key == name || self.id.to_string() == name.to_ascii_lowercase()
    }
}
