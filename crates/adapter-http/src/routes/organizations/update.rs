use actix_web::web::{Data, Json};
use kernel::OrganizationRef;
use serde::Deserialize;
use tenancy::OrganizationPatch;
use utoipa::ToSchema;

use super::organization::OrganizationDetails;
use crate::App;
use crate::error::{ApiError, Kind};
use crate::extract::needed::OrganizationUpdate;
use crate::extract::{Allowed, JsonBody};

/// What is to be another; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OrganizationChange {
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Acme")]
    name: Option<String>,
    /// The slugs it had before lead to it for ever.
    #[schema(nullable = false, min_length = 3, max_length = 63, example = "acme")]
    slug: Option<String>,
    /// True lets nobody in who has not given more than one factor; who says so must have. Taking it back wants a step-up.
    #[schema(nullable = false)]
    require_mfa: Option<bool>,
}

/// Change an organization
#[utoipa::path(patch, path = "/organizations/{id}", tag = "organizations", request_body = OrganizationChange,
    params(("id" = String, Path, description = "Its slug or id.")),
    responses(
        (status = 200, description = "The organization as it is now.", body = OrganizationDetails),
        (status = 403, description = "To demand a second factor, or to let go of it, is for a person who gave a factor a moment ago (`step_up_required`, `person_required`)."),
        (status = 409, description = "Another organization has or had this slug (`slug_taken`)."),
    ),
)]
pub(super) async fn update_organization(
    door: Allowed<OrganizationUpdate>,
    app: Data<App>,
    body: JsonBody<OrganizationChange>,
) -> Result<Json<OrganizationDetails>, ApiError> {
    let JsonBody(OrganizationChange { name, slug, require_mfa }) = body;
    let require_mfa = match require_mfa {
        None => None,
        Some(wanted) => {
            let found = app.organizations.find(&OrganizationRef::Id(door.organization())).await?;
            let is_so = found.ok_or(Kind::NOT_FOUND)?.require_mfa;
            // What is so already wants no proof, and is not asked for: it may be another by the time it is written.
            Some(wanted).filter(|it| *it != is_so)
        }
    };
    match require_mfa {
        None => {}
        Some(true) => app.access.prove_mfa(&door.caller).await?,
        Some(false) => {
            let person = app.access.require_person(&door.act, &door.caller).await?;
            app.access.require_step_up(&door.act, person).await?;
        }
    }
    let patch = OrganizationPatch { name, slug, require_mfa };
    app.update_organization.run(&door.act, door.organization(), &patch).await?;
    Ok(Json(OrganizationDetails::of(&app, door.organization()).await?))
}
