use actix_web::web::{Data, Json};
use entitlements::SubscriptionPatch;
use kernel::SubscriptionId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Subscription, When};
use crate::App;
use crate::error::ApiError;
use crate::extract::needed::EntitlementsManage;
use crate::extract::{Allowed, JsonBody, Named};
use crate::routes::nullable::null_or_value;

/// What is to be another; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriptionChange {
    /// The plan's key: the one it has takes its newest version, or takes back what was chosen for the next period.
    #[schema(nullable = false, example = "premium")]
    plan: Option<String>,
    /// When the plan takes effect; `now` where nothing is said.
    #[schema(nullable = false, inline)]
    when: Option<When>,
    /// What a billing system knows it by; null takes it away.
    #[serde(default, deserialize_with = "null_or_value")]
    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, example = "billing/4711")]
    external_reference: Option<Option<String>>,
}

/// Change a subscription's plan, or what a billing system knows it by
///
/// A plan that takes effect now counts at once: what was used of a meter stays used.
#[utoipa::path(patch, path = "/subscriptions/{id}", tag = "entitlements", request_body = SubscriptionChange,
    params(("id" = Uuid, Path, description = "The subscription's id.")),
    responses(
        (status = 200, description = "The subscription as it is now.", body = Subscription),
        (status = 404, description = "No such subscription."),
        (status = 409, description = "Not in the `status` it is in (`illegal_state`)."),
    ),
)]
pub(super) async fn change_subscription(
    door: Allowed<EntitlementsManage>,
    id: Named<SubscriptionId>,
    app: Data<App>,
    body: JsonBody<SubscriptionChange>,
) -> Result<Json<Subscription>, ApiError> {
    let JsonBody(SubscriptionChange { plan, when, external_reference }) = body;
    let patch = SubscriptionPatch { plan, when: when.map(Into::into), external_reference };
    Ok(Json(app.manage_subscription.change(&door.act, door.organization(), id.0, &patch).await?.into()))
}
