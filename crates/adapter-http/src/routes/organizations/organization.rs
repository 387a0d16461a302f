use kernel::{Id, OrganizationId, OrganizationRef};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::Moment;
use crate::error::{ApiError, Kind};

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
            created_at: Moment(organization.created_at),
        })
    }
}
