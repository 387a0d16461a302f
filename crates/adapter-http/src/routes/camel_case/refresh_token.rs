use serde::Deserialize;
use utoipa::ToSchema;

use crate::answer::Hidden;

/// A refresh token of `/auth/signin`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct SigninRefreshToken {
    pub refresh_token: Hidden,
}
