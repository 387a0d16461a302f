use kernel::{Id, OrganizationId, OrganizationRef};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::Moment;
use crate::error::{ApiError, Kind};
use crate::registry::MOUNTS;

/// An organization, as told to its members.
#[derive(Serialize, ToSchema)]
pub(super) struct OrganizationDetails {
    id: Uuid,
    #[schema(example = "Acme")]
    name: String,
    #[schema(example = "acme")]
    slug: String,
    /// Whether it lets nobody in who has not given more than one factor.
    require_mfa: bool,
    /// Where its logo is, for its members: a path of this installation. Null where it has none.
    #[schema(example = "/api/v1/organizations/01980000-0000-7000-8000-000000000001/logo")]
    logo_url: Option<String>,
    created_at: Moment,
}

impl OrganizationDetails {
    /// As it is now.
    pub async fn of(app: &App, id: OrganizationId) -> Result<Self, ApiError> {
        let organization = app.organizations.find(&OrganizationRef::Id(id)).await?.ok_or(Kind::NOT_FOUND)?;
        Ok(Self {
            id: organization.id.uuid(),
            name: organization.name.as_str().to_owned(),
            slug: organization.slug.to_string(),
            require_mfa: organization.require_mfa,
            logo_url: organization.logo.map(|_| format!("{}/organizations/{id}/logo", MOUNTS[0])),
            created_at: Moment(organization.created_at),
        })
    }
}
