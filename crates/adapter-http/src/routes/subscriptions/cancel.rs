use actix_web::web::{Data, Json};
use kernel::SubscriptionId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Subscription, When};
use crate::App;
use crate::error::ApiError;
use crate::extract::needed::EntitlementsManage;
use crate::extract::{Allowed, MaybeBody, Named};

/// When it is to end.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Cancellation {
    /// `period_end` where nothing is said.
    #[schema(nullable = false, inline)]
    when: Option<When>,
}

/// Cancel a subscription
///
/// Until it ends it is as good as before. A trial ends at the latest when it would have ended.
#[utoipa::path(post, path = "/subscriptions/{id}/cancel", tag = "entitlements", request_body = Cancellation,
    params(("id" = Uuid, Path, description = "The subscription's id.")),
    responses(
        (status = 200, description = "The subscription as it is now.", body = Subscription),
        (status = 404, description = "No such subscription."),
        (status = 409, description = "Not in the `status` it is in (`illegal_state`)."),
    ),
)]
pub(super) async fn cancel_subscription(
    door: Allowed<EntitlementsManage>,
    id: Named<SubscriptionId>,
    app: Data<App>,
    body: MaybeBody<Cancellation>,
) -> Result<Json<Subscription>, ApiError> {
    let when = body.0.when.unwrap_or(When::PeriodEnd).into();
    Ok(Json(app.manage_subscription.cancel(&door.act, door.organization(), id.0, when).await?.into()))
}
