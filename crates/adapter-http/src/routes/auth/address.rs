use serde::Deserialize;
use utoipa::ToSchema;

/// An email address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Address {
    #[schema(format = Email, max_length = 254, example = "user@example.com")]
    pub email: String,
}
