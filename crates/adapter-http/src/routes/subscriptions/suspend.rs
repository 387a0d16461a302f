use actix_web::web::{Data, Json};
use entitlements::{Blocks, SuspensionReason};
use kernel::SubscriptionId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Subscription;
use crate::App;
use crate::error::ApiError;
use crate::extract::{JsonBody, Named, SteppedUpAdministrator};

/// Why it is stopped, and what that stops.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SuspensionRequest {
    #[schema(inline)]
    reason: Reason,
    /// `use` where nothing is said: also every change by the organization. `change`: only those.
    #[schema(nullable = false, inline)]
    blocks: Option<Blocked>,
}

/// Why a subscription is stopped.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    Payment,
    Abuse,
    Other,
}

/// What is stopped.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Blocked {
    Use,
    Change,
}

/// Stop a subscription of whatever organization, or stop it otherwise
#[utoipa::path(post, path = "/subscriptions/{id}/suspend", tag = "entitlements", request_body = SuspensionRequest,
    params(("id" = Uuid, Path, description = "The subscription's id.")),
    responses(
        (status = 200, description = "The subscription as it is now.", body = Subscription),
        (status = 404, description = "No such subscription."),
        (status = 409, description = "It is over, or stopped just so (`illegal_state`)."),
    ),
)]
pub(super) async fn suspend_subscription(
    door: SteppedUpAdministrator,
    id: Named<SubscriptionId>,
    app: Data<App>,
    body: JsonBody<SuspensionRequest>,
) -> Result<Json<Subscription>, ApiError> {
    let reason = match body.0.reason {
        Reason::Payment => SuspensionReason::Payment,
        Reason::Abuse => SuspensionReason::Abuse,
        Reason::Other => SuspensionReason::Other,
    };
    let blocks = match body.0.blocks {
        None | Some(Blocked::Use) => Blocks::Use,
        Some(Blocked::Change) => Blocks::Change,
    };
    Ok(Json(app.manage_subscription.suspend(&door.act, id.0, reason, blocks).await?.into()))
}
