use actix_web::web::{Data, Path};
use entitlements::{QuotaGrant, QuotaGrantInput};
use kernel::Id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::{Created, Moment};
use crate::error::ApiError;
use crate::extract::{Creating, SteppedUpAdministratorOf};
use crate::routes::times::expiry;

/// How much more of a meter may be used.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct QuotaGrantRequest {
    /// A meter of the service's plans.
    #[schema(example = "messages")]
    meter: String,
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64, example = 500)]
    amount: i64,
    /// The smaller, the earlier it is used; 100 where nothing is said.
    #[schema(nullable = false, minimum = -1000, maximum = 1000, example = 100)]
    priority: Option<i64>,
    /// Until when it can be used; for ever where nothing is said.
    #[schema(format = DateTime, example = "2027-01-15T12:00:00Z")]
    expires_at: Option<String>,
}

/// What may be used of a meter beyond the plan's quota.
#[derive(Serialize, ToSchema)]
pub(super) struct QuotaGrantView {
    id: Uuid,
    #[schema(example = "SMS_GATEWAY")]
    service: String,
    #[schema(example = "messages")]
    meter: String,
    amount: i64,
    priority: i16,
    #[schema(required)]
    expires_at: Option<Moment>,
    created_at: Moment,
}

impl From<QuotaGrant> for QuotaGrantView {
    fn from(grant: QuotaGrant) -> Self {
        Self {
            id: grant.id.uuid(),
            service: grant.service.to_string(),
            meter: grant.meter,
            amount: grant.amount,
            priority: grant.priority,
            expires_at: grant.expires_at.map(Moment),
            created_at: Moment(grant.created_at),
        }
    }
}

/// Let an organization use more of a meter than its plan allows
///
/// The plan's quota is used first, then grants by priority, then by the earliest expiry, then by age.
#[utoipa::path(post, path = "/entitlements/{service}/grants", tag = "entitlements", request_body = QuotaGrantRequest,
    params(("service" = String, Path, description = "The service's code.", example = "SMS_GATEWAY")),
    responses(
        (status = 201, description = "The grant; it is good at once.", body = QuotaGrantView),
        (status = 404, description = "No such service or organization."),
    ),
)]
pub(super) async fn grant_quota(
    door: SteppedUpAdministratorOf,
    app: Data<App>,
    service: Path<String>,
    body: Creating<QuotaGrantRequest>,
) -> Result<Created<QuotaGrantView>, ApiError> {
    let (act, QuotaGrantRequest { meter, amount, priority, expires_at }) = body.by(&door.act)?;
    let input = QuotaGrantInput { meter, amount, priority, expires_at: expiry(expires_at.as_deref())? };
    Ok(Created(app.grant_quota.run(&act, door.organization, &service, &input).await?.into()))
}
