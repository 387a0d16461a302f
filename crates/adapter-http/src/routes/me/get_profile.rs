use actix_web::web::{Data, Json};
use kernel::{Id, Narrowed, OrganizationRef};
use serde::Serialize;
use utoipa::ToSchema;

use super::profile::Profile;
use crate::App;
use crate::error::{ApiError, Kind};
use crate::extract::{Identified, Tenant};
use crate::routes::views::MyOrganization;

/// Who calls.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Oneself {
    User(Profile),
    Organization(OrganizationProfile),
}

/// An organization that calls by a key of its own.
#[derive(Serialize, ToSchema)]
pub(super) struct OrganizationProfile {
    #[schema(example = "organization")]
    r#type: &'static str,
    organization: MyOrganization,
    /// As what the key acts; null where it has chosen permissions only.
    #[schema(required, example = "admin")]
    role: Option<String>,
}

/// One's profile
///
/// Of the person who signed in, or whose personal token it is; an organization's key answers the organization.
#[utoipa::path(get, path = "/me/profile", tag = "me", responses(
    (status = 200, description = "The profile.", body = Oneself),
    (status = 403, description = "The key's organization does not let its maker in (`member_suspended`, `mfa_enrolment_required`)."),
))]
pub(super) async fn get_profile(door: Identified, tenant: Tenant, app: Data<App>) -> Result<Json<Oneself>, ApiError> {
    let caller = &door.caller;
    if caller.acts_as().is_none() {
        let user = app.users.by_id(caller.principal()).await?.ok_or(Kind::TOKEN_INVALID)?;
        return Ok(Json(Oneself::User(user.into())));
    }
    let entered = app.access.admit(&door.act, caller, tenant.0.as_deref()).await?;
    let organization = app.organizations.find(&OrganizationRef::Id(entered.organization)).await?;
    let organization = organization.ok_or(Kind::NOT_FOUND)?;
    let role = match caller.narrowed() {
        Some(Narrowed::ToRole(role)) => Some(role.to_string()),
        Some(Narrowed::To(_)) | None => None,
    };
    Ok(Json(Oneself::Organization(OrganizationProfile {
        r#type: "organization",
        organization: MyOrganization {
            id: organization.id.uuid(),
            name: organization.name.as_str().to_owned(),
            slug: organization.slug.to_string(),
        },
        role,
    })))
}
