//! What endpoints that follow mailed links take.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::answer::Hidden;

/// The token from the mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MailedToken {
    pub token: Hidden,
}
