use actix_web::web::{Data, Path};
use entitlements::{Reservation, ReserveInput};
use kernel::{Id, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::meter::exceeded;
use crate::App;
use crate::answer::{Created, Moment};
use crate::error::ApiError;
use crate::extract::needed::EntitlementsConsume;
use crate::extract::{Allowed, Creating};

/// What is to be kept free, and for how long.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReservationRequest {
    /// A meter of the plan.
    #[schema(example = "messages")]
    meter: String,
    /// How much; at least 1.
    #[schema(example = 10)]
    quantity: i64,
    /// For how many seconds: 1 to 604800; without it 900.
    #[schema(minimum = 1, maximum = 604_800)]
    expires_in: Option<i64>,
}

/// What is kept free.
#[derive(Serialize, ToSchema)]
pub(super) struct ReservationView {
    id: Uuid,
    #[schema(example = "SMS_GATEWAY")]
    service: String,
    #[schema(example = "messages")]
    meter: String,
    quantity: i64,
    /// `open`, `confirmed`, `released` or `expired`.
    #[schema(example = "open")]
    status: &'static str,
    /// Until when it is kept free.
    expires_at: Moment,
    /// Used in this period.
    used: i64,
    /// What is left beside it; never below zero.
    remaining: i64,
    /// The quota, with what was carried over and granted.
    limit: i64,
    #[schema(required)]
    resets_at: Option<Moment>,
}

impl ReservationView {
    fn of(reservation: Reservation, at: Time) -> Self {
        Self {
            id: reservation.id.uuid(),
            status: reservation.status(at).as_str(),
            service: reservation.service.to_string(),
            meter: reservation.meter,
            quantity: reservation.quantity,
            expires_at: Moment(reservation.expires_at),
            used: reservation.balance.used,
            remaining: reservation.balance.remaining,
            limit: reservation.balance.limit,
            resets_at: reservation.balance.resets_at.map(Moment),
        }
    }
}

/// Keep a part of a quota free for work whose size is known only afterwards
///
/// Confirm it with what the work came to, or release it. What is neither is free again when it expires.
#[utoipa::path(post, path = "/entitlements/{service}/reservations", tag = "entitlements",
    request_body = ReservationRequest,
    params(("service" = String, Path, description = "The service's code.", example = "SMS_GATEWAY")),
    responses(
        (status = 201, description = "It is kept free.", body = ReservationView),
        (status = 403, description = "The organization has no subscription that allows it (`not_entitled`)."),
        (status = 409, description = "As many are open as may be (`too_many`)."),
        (status = 429, description = "It would pass a hard quota; how the meter stands beside the fields of the error (`quota_exceeded`)."),
    ),
)]
pub(super) async fn reserve(
    door: Allowed<EntitlementsConsume>,
    app: Data<App>,
    service: Path<String>,
    body: Creating<ReservationRequest>,
) -> Result<Created<ReservationView>, ApiError> {
    let (act, ReservationRequest { meter, quantity, expires_in }) = body.by(&door.act)?;
    let expires_in = expires_in.unwrap_or(900);
    let input = ReserveInput { service: service.into_inner(), meter, quantity, expires_in };
    match app.reserve.run(&act, door.organization(), &input).await? {
        Ok(reservation) => Ok(Created(ReservationView::of(reservation, act.at))),
        Err(balance) => Err(exceeded(&input.meter, &balance, act.at)),
    }
}
