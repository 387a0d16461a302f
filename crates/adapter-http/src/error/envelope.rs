use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Every error, whatever it is about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct Envelope {
    /// The family of errors, for programs: `FORBIDDEN`.
    #[schema(example = "FORBIDDEN")]
    pub code: &'static str,
    /// The error itself, for programs: `permission_denied`.
    #[schema(example = "permission_denied")]
    pub r#type: &'static str,
    /// The error, for people.
    #[schema(example = "You do not have the permission this needs.")]
    pub message: Cow<'static, str>,
    /// The request's id, also in `X-Request-Id`: what to tell support.
    #[schema(example = "01890a5d-ac96-774b-bcce-b302099a8057")]
    pub request_id: String,
    /// What is wrong with which field; absent where it is not about fields.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false, example = json!({"email": ["The email field is required."]}))]
    pub errors: BTreeMap<String, Vec<String>>,
    /// The permission that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "team.invite")]
    pub required_permission: Option<String>,
    /// The status that is in the way: of the membership, the subscription or the reservation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "suspended")]
    pub status: Option<&'static str>,
    /// What else there is to say of this one.
    #[serde(flatten)]
    #[schema(ignore)]
    pub more: Map<String, Value>,
}
