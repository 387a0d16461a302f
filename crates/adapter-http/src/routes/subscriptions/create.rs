use actix_web::web::Data;
use entitlements::SubscribeInput;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Subscription;
use crate::App;
use crate::answer::Created;
use crate::error::ApiError;
use crate::extract::needed::EntitlementsManage;
use crate::extract::{Allowed, Creating};

/// To what, and at which level.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriptionRequest {
    /// The service's code.
    #[schema(example = "SMS_GATEWAY")]
    service: String,
    /// The plan's key.
    #[schema(example = "standard")]
    plan: String,
    /// How long to try it first.
    #[schema(minimum = 1, maximum = 365)]
    trial_days: Option<i64>,
    /// What a billing system knows it by; means nothing here.
    #[schema(min_length = 1, max_length = 255, example = "billing/4711")]
    external_reference: Option<String>,
}

/// Subscribe the organization to a service
#[utoipa::path(post, path = "/subscriptions", tag = "entitlements", request_body = SubscriptionRequest, responses(
    (status = 201, description = "The subscription.", body = Subscription),
    (status = 409, description = "The organization has a subscription to this service, or its last one ended suspended (`already_subscribed`, `illegal_state`)."),
))]
pub(super) async fn subscribe(
    door: Allowed<EntitlementsManage>,
    app: Data<App>,
    body: Creating<SubscriptionRequest>,
) -> Result<Created<Subscription>, ApiError> {
    let (act, SubscriptionRequest { service, plan, trial_days, external_reference }) = body.by(&door.act)?;
    let input = SubscribeInput { service, plan, trial_days, external_reference };
    Ok(Created(app.subscribe.run(&act, door.organization(), &input).await?.into()))
}
