use actix_web::HttpResponse;
use actix_web::http::header::{ETag, EntityTag};
use actix_web::web::Data;
use kernel::Id;
use rbac::{Facts, GrantFact, MemberFact};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::Moment;
use crate::error::{ApiError, Kind};
use crate::extract::needed::TeamManageRoles;
use crate::extract::{Allowed, IfNoneMatch};
use crate::routes::team::Role;

/// All that decides who may do what in an organization. The crate `rbac` reads it: `Facts::from_json`.
#[derive(Serialize, ToSchema)]
pub(super) struct AuthorizationSnapshot {
    organization_id: Uuid,
    /// Moves on with every change.
    #[schema(example = 7)]
    version: i64,
    /// Whether members must have given more than one factor.
    require_mfa: bool,
    /// The system's and its own.
    roles: Vec<Role>,
    /// The system's and its own.
    #[schema(example = json!(["team.view"]))]
    permissions: Vec<String>,
    members: Vec<Membership>,
}

/// A member, as far as decisions need it.
#[derive(Serialize, ToSchema)]
#[schema(as = AuthorizationMembership)]
pub(super) struct Membership {
    user_id: Uuid,
    #[schema(example = "member")]
    role: String,
    active: bool,
    /// What was given or denied directly: it comes before the role.
    grants: Vec<Given>,
}

/// A permission given or denied directly.
#[derive(Serialize, ToSchema)]
#[schema(as = AuthorizationGrant)]
pub(super) struct Given {
    #[schema(example = "team.view")]
    permission: String,
    /// `allow` or `deny`.
    #[schema(example = "deny")]
    effect: &'static str,
    /// Until when it counts; null where it has no end.
    #[schema(required)]
    expires_at: Option<Moment>,
}

impl From<GrantFact> for Given {
    fn from(grant: GrantFact) -> Self {
        Self {
            permission: grant.permission.to_string(),
            effect: grant.effect.as_str(),
            expires_at: grant.expires_at.map(Moment),
        }
    }
}

impl From<MemberFact> for Membership {
    fn from(member: MemberFact) -> Self {
        Self {
            user_id: member.user.uuid(),
            role: member.role.to_string(),
            active: member.active,
            grants: member.grants.into_iter().map(Given::from).collect(),
        }
    }
}

impl From<Facts> for AuthorizationSnapshot {
    fn from(facts: Facts) -> Self {
        let rules = facts.rules.whole();
        Self {
            organization_id: facts.organization.uuid(),
            version: facts.version,
            require_mfa: rules.require_mfa,
            roles: rules.roles.into_iter().map(Role::from).collect(),
            permissions: rules.permissions.iter().map(ToString::to_string).collect(),
            members: facts.members.into_iter().map(Membership::from).collect(),
        }
    }
}

/// All that decides who may do what, for services that decide by themselves
///
/// With `If-None-Match` the answer is 304 as long as nothing has changed. Whoever was given something until a moment is
/// told so with it: that it ends is no change.
#[utoipa::path(get, path = "/organizations/{id}/authorization-snapshot", tag = "organizations",
    params(
        ("id" = String, Path, description = "Its slug or id."),
    ),
    responses(
        (status = 200, description = "As of one moment, with its ETag.", body = AuthorizationSnapshot),
        (status = 304, description = "Nothing has changed."),
    ),
)]
pub(super) async fn get_authorization_snapshot(
    door: Allowed<TeamManageRoles>,
    app: Data<App>,
    known: IfNoneMatch,
) -> Result<HttpResponse, ApiError> {
    // Another release may say more of the same version.
    let tag = |version: i64| EntityTag::new_strong(format!("{version}.{}", env!("CARGO_PKG_VERSION")));
    let current = tag(door.entered.snapshot.version());
    if known.names(&current) {
        return Ok(HttpResponse::NotModified().insert_header(ETag(current)).finish());
    }
    let facts = app.authorizations.load(door.organization()).await?.ok_or(Kind::NOT_FOUND)?;
    Ok(HttpResponse::Ok().insert_header(ETag(tag(facts.version))).json(AuthorizationSnapshot::from(facts)))
}
