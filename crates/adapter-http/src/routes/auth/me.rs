use accounts::Me;
use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::error::ApiError;
use crate::extract::{SignedIn, Tenant};
use crate::routes::views::{Organization, User};

/// Who one is, where, and what one may.
#[derive(Serialize, ToSchema)]
pub(super) struct Myself {
    user: User,
    /// The organization of the request; null where there is none.
    #[schema(required)]
    organization: Option<Organization>,
    /// One's role in it.
    #[schema(required, example = "admin")]
    role: Option<String>,
    /// Everything one may in it.
    #[schema(example = json!(["team.view"]))]
    permissions: Vec<String>,
}

impl From<Me> for Myself {
    fn from(me: Me) -> Self {
        Self {
            user: me.user.into(),
            organization: me.organization.map(Into::into),
            role: me.role.map(|it| it.to_string()),
            permissions: me.permissions.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Who one is, where, and what one may
#[utoipa::path(get, path = "/auth/me", tag = "auth", responses(
    (status = 200, description = "The caller.", body = Myself),
    (status = 403, description = "The caller is not let in where X-Tenant names an organization (`member_suspended`, `mfa_enrolment_required`, `step_up_required`)."),
))]
pub(super) async fn me(door: SignedIn, tenant: Tenant, app: Data<App>) -> Result<Json<Myself>, ApiError> {
    Ok(Json(app.who_am_i.run(&door.act, &door.caller, tenant.0.as_deref()).await?.into()))
}
