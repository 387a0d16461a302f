use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use entitlements::{Bucket, Granularity, ServiceCode};
use kernel::{Fault, Id, OrganizationId, Scope, Time};

use crate::fault::fault;
use crate::pool::Database;
use crate::prepared::prepared;

/// At most a row an hour and meter is read, however much was consumed.
const HISTORY: &str = "
    SELECT meter, date_trunc($3, hour) AS start, sum(used)::bigint AS used, sum(times)::bigint AS times
    FROM usage_hours
    WHERE organization_id = $1 AND service = $2 AND hour >= date_trunc($3, $4) AND hour < $5
    GROUP BY meter, start ORDER BY start, meter";

#[derive(QueryableByName)]
struct BucketRow {
    #[diesel(sql_type = Text)]
    meter: String,
    #[diesel(sql_type = Timestamptz)]
    start: Time,
    #[diesel(sql_type = BigInt)]
    used: i64,
    #[diesel(sql_type = BigInt)]
    times: i64,
}

pub(super) async fn history(
    database: &Database,
    organization: OrganizationId,
    service: &ServiceCode,
    (from, to): (Time, Time),
    granularity: Granularity,
) -> Result<Vec<Bucket>, Fault> {
    let mut connection = database.connection(Scope::Organization(organization)).await?;
    let rows: Vec<BucketRow> = prepared(HISTORY, |it| {
        it.bind::<SqlUuid, _>(organization.uuid())
            .bind::<Text, _>(service.as_str())
            .bind::<Text, _>(granularity.as_str())
            .bind::<Timestamptz, _>(from)
            .bind::<Timestamptz, _>(to)
    })
    .load(&mut connection)
    .await
    .map_err(fault)?;
    let bucket = |it: BucketRow| Bucket { meter: it.meter, start: it.start, used: it.used, times: it.times };
    Ok(rows.into_iter().map(bucket).collect())
}
