use actix_web::web::{Data, Json, Path};
use entitlements::{Bucket, Granularity};
use kernel::{Problems, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;
use crate::answer::{List, Moment};
use crate::error::ApiError;
use crate::extract::needed::EntitlementsView;
use crate::extract::{Allowed, QueryArgs};
use crate::routes::times::time;

/// Which buckets are wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Span {
    /// From the bucket that holds this moment on; RFC 3339. Without it as far back as is answered at once.
    #[schema(format = DateTime)]
    from: Option<String>,
    /// Before; RFC 3339. Without it until now.
    #[schema(format = DateTime)]
    to: Option<String>,
    /// How long a bucket is, in UTC; without it a day. At most 31 days by hour, 366 by day, ten years by month.
    #[schema(inline)]
    granularity: Option<Length>,
}

/// How long a bucket is.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Length {
    Hour,
    Day,
    Month,
}

/// What was used of a meter in a bucket.
#[derive(Serialize, ToSchema)]
pub(super) struct BucketView {
    #[schema(example = "messages")]
    meter: String,
    /// When the bucket began.
    start: Moment,
    /// How much; below zero where more was taken back.
    used: i64,
    /// In how many consumptions.
    times: i64,
}

impl From<Bucket> for BucketView {
    fn from(bucket: Bucket) -> Self {
        Self { meter: bucket.meter, start: Moment(bucket.start), used: bucket.used, times: bucket.times }
    }
}

/// How much was used, by hour, day or month
///
/// Buckets in which nothing was used are left out.
#[utoipa::path(get, path = "/entitlements/{service}/usage", tag = "entitlements",
    params(("service" = String, Path, description = "The service's code.", example = "SMS_GATEWAY")),
    responses((status = 200, description = "The buckets of every meter, oldest first.", body = List<BucketView>)),
)]
pub(super) async fn usage_history(
    door: Allowed<EntitlementsView>,
    app: Data<App>,
    service: Path<String>,
    query: QueryArgs<Span>,
) -> Result<Json<List<BucketView>>, ApiError> {
    let (span, granularity) = read(&query.0, door.act.at)?;
    let buckets = app.usage_history.run(door.organization(), &service, span, granularity).await?;
    Ok(Json(List::whole(buckets, BucketView::from)))
}

fn read(span: &Span, now: Time) -> Result<((Option<Time>, Time), Granularity), Problems> {
    let mut problems = Problems::default();
    let from = time(&mut problems, "from", span.from.as_deref());
    let to = time(&mut problems, "to", span.to.as_deref());
    if !problems.is_empty() {
        return Err(problems);
    }
    let granularity = match span.granularity {
        Some(Length::Hour) => Granularity::Hour,
        None | Some(Length::Day) => Granularity::Day,
        Some(Length::Month) => Granularity::Month,
    };
    Ok(((from, to.unwrap_or(now)), granularity))
}
