use actix_web::web::Data;
use entitlements::{SubscribeInput, Subscribed};
use kernel::Id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::{Created, Moment};
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
}

/// A subscription.
#[derive(Serialize, ToSchema)]
pub(super) struct Subscription {
    id: Uuid,
    #[schema(example = "SMS_GATEWAY")]
    service: String,
    #[schema(example = "standard")]
    plan: String,
    /// `trialing`, `active`, `suspended`, `cancelled` or `expired`.
    #[schema(example = "active")]
    status: String,
    current_period_start: Moment,
    #[schema(required)]
    current_period_end: Option<Moment>,
}

impl From<Subscribed> for Subscription {
    fn from(subscribed: Subscribed) -> Self {
        Self {
            id: subscribed.id.uuid(),
            service: subscribed.service.to_string(),
            plan: subscribed.plan,
            status: subscribed.status,
            current_period_start: Moment(subscribed.current_period_start),
            current_period_end: subscribed.current_period_end.map(Moment),
        }
    }
}

/// Subscribe the organization to a service
#[utoipa::path(post, path = "/subscriptions", tag = "entitlements", request_body = SubscriptionRequest, responses(
    (status = 201, description = "The subscription.", body = Subscription),
    (status = 409, description = "The organization has a subscription to this service."),
))]
pub(super) async fn subscribe(
    door: Allowed<EntitlementsManage>,
    app: Data<App>,
    body: Creating<SubscriptionRequest>,
) -> Result<Created<Subscription>, ApiError> {
    let (act, SubscriptionRequest { service, plan, trial_days }) = body.by(&door.act)?;
    let input = SubscribeInput { service, plan, trial_days };
    Ok(Created(app.subscribe.run(&act, door.organization(), &input).await?.into()))
}
