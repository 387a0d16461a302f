use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::Created;
use crate::error::ApiError;
use crate::extract::{Creating, SignedIn};
use crate::routes::views::Organization;

/// What the organization is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OrganizationRequest {
    #[schema(min_length = 1, max_length = 100, example = "Acme")]
    name: String,
    #[schema(min_length = 3, max_length = 63, example = "acme")]
    slug: String,
}

/// Found another organization, as its owner
#[utoipa::path(post, path = "/organizations", tag = "organizations", request_body = OrganizationRequest, responses(
    (status = 201, description = "The organization.", body = Organization),
    (status = 409, description = "Another organization has or had this slug (`slug_taken`)."),
))]
pub(super) async fn create_organization(
    door: SignedIn,
    app: Data<App>,
    body: Creating<OrganizationRequest>,
) -> Result<Created<Organization>, ApiError> {
    let (act, OrganizationRequest { name, slug }) = body.by(&door.act)?;
    Ok(Created(app.create_organization.run(&act, &door.caller, &name, &slug).await?.into()))
}
