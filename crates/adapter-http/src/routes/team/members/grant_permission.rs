use actix_web::web::{Data, Json};
use kernel::UserId;
use rbac::GrantInput;
use serde::Deserialize;
use utoipa::ToSchema;

use super::grant::Grant;
use crate::App;
use crate::error::ApiError;
use crate::extract::needed::TeamManageRoles;
use crate::extract::{InOwnRight, JsonBody, NamedWord};
use crate::routes::times::expiry;

/// What is to be said of the permission.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantRequest {
    #[schema(inline)]
    effect: Effect,
    /// Without it, it has no end.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// Given or denied.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Effect {
    Allow,
    Deny,
}

impl From<Effect> for rbac::Effect {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::Allow => Self::Allow,
            Effect::Deny => Self::Deny,
        }
    }
}

/// Give or deny a member one permission directly
///
/// It comes before what their role holds; a denial beats everything. Takes the place of what was said before.
#[utoipa::path(put, path = "/team/members/{id}/permissions/{permission}", tag = "team", request_body = GrantRequest,
    params(
        ("id" = Uuid, Path, description = "The member's id, which is the user's."),
        ("permission" = String, Path, description = "Such as audit.view."),
    ),
    responses(
        (status = 200, description = "What is said now.", body = Grant),
        (status = 404, description = "No such member or permission."),
        (status = 409, description = "Owners hold everything; or there are too many already (`illegal_state`, `too_many`)."),
    ),
)]
pub(super) async fn grant_permission(
    door: InOwnRight<TeamManageRoles>,
    named: NamedWord<UserId>,
    app: Data<App>,
    body: JsonBody<GrantRequest>,
) -> Result<Json<Grant>, ApiError> {
    let GrantRequest { effect, expires_at } = body.0;
    let expires_at = expiry(expires_at.as_deref())?;
    let input = GrantInput { user: named.id, permission: named.word, effect: effect.into(), expires_at };
    Ok(Json(app.grant_permission.run(&door.act, door.organization(), &input).await?.into()))
}
