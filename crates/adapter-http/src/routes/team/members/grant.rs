use kernel::Id;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::Moment;

/// A permission given or denied to a member directly.
#[derive(Serialize, ToSchema)]
pub(crate) struct Grant {
    user_id: Uuid,
    #[schema(example = "audit.view")]
    permission: String,
    /// `allow` or `deny`.
    #[schema(example = "allow")]
    effect: &'static str,
    /// Until when it counts; null where it has no end.
    #[schema(required)]
    expires_at: Option<Moment>,
    /// Who said so: a user's id.
    granted_by: Uuid,
    created_at: Moment,
}

impl From<rbac::Grant> for Grant {
    fn from(grant: rbac::Grant) -> Self {
        Self {
            user_id: grant.user.uuid(),
            permission: grant.permission.to_string(),
            effect: grant.effect.as_str(),
            expires_at: grant.expires_at.map(Moment),
            granted_by: grant.granted_by.uuid(),
            created_at: Moment(grant.created_at),
        }
    }
}
