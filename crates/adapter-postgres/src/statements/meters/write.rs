use audit::words_of_actor;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{Array, BigInt, Binary, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use entitlements::{Counted, Written};
use kernel::{Id, Time};
use serde_json::json;
use uuid::Uuid;

use super::rows::ReservationRow;
use crate::prepared::prepared;
use crate::refusal::Refusal;
use crate::schema::reservations;

/// Only over what was decided on.
const METERS: &str = "
    INSERT INTO meters AS m
        (organization_id, service, meter, period, window_start, used, quota, granted, carried, announced, resting,
        version)
    SELECT organization_id, service, meter, period, window_start, used, quota, granted, carried, announced, resting,
        version + 1
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        n (organization_id, service, meter, period, window_start, used, quota, granted, carried, announced, resting,
            version)
    ON CONFLICT (organization_id, service, meter) DO UPDATE SET
        period = excluded.period, window_start = excluded.window_start, used = excluded.used, quota = excluded.quota,
        granted = excluded.granted, carried = excluded.carried, announced = excluded.announced,
        resting = excluded.resting, version = excluded.version
    WHERE m.version = excluded.version - 1";

const LEDGER: &str = "
    INSERT INTO consumptions
        (organization_id, service, meter, key, window_start, window_end, subscription_id, quantity, used_after,
        remaining_after, limit_after, actor_kind, actor_id, at)
    SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

const HOURS: &str = "
    INSERT INTO usage_hours AS h (organization_id, service, meter, hour, used, times)
    SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
    ON CONFLICT (organization_id, service, meter, hour)
        DO UPDATE SET used = h.used + excluded.used, times = h.times + excluded.times";

const GRANTS: &str = "UPDATE quota_grants g SET used = n.used FROM unnest($1, $2) n (id, used) WHERE g.id = n.id";

const CLOSED: &str = "
    UPDATE reservations r SET closed_at = n.closed_at, confirmed = n.confirmed
    FROM unnest($1, $2, $3) n (id, closed_at, confirmed) WHERE r.id = n.id AND r.closed_at IS NULL";

type Uuids = Array<SqlUuid>;
type Texts = Array<Text>;
type Times = Array<Timestamptz>;
type Amounts = Array<BigInt>;

/// Writes it all, every kind of row by one statement; stale where somebody counted a meter meanwhile for the first time.
pub(super) async fn write(connection: &AsyncPgConnection, all: &[Written]) -> Result<(), Refusal> {
    if all.is_empty() {
        return Ok(());
    }
    let (meters, (), (), (), (), ()) = futures::try_join!(
        meters(connection, all),
        ledger(connection, all),
        hours(connection, all),
        grants(connection, all),
        reserved(connection, all),
        closed(connection, all),
    )?;
    if meters == all.len() { Ok(()) } else { Err(Refusal::Stale(None)) }
}

async fn meters(connection: &AsyncPgConnection, all: &[Written]) -> Result<usize, Refusal> {
    let each = |pick: fn(&Written) -> i64| all.iter().map(pick).collect::<Vec<i64>>();
    let query = prepared(METERS, |it| {
        it.bind::<Uuids, _>(all.iter().map(|it| it.meter.organization.uuid()).collect::<Vec<_>>())
            .bind::<Texts, _>(all.iter().map(|it| it.meter.service.as_str()).collect::<Vec<_>>())
            .bind::<Texts, _>(all.iter().map(|it| it.meter.meter.as_str()).collect::<Vec<_>>())
            .bind::<Texts, _>(all.iter().map(|it| it.state.row.period.as_str()).collect::<Vec<_>>())
            .bind::<Times, _>(all.iter().map(|it| it.state.row.window_start).collect::<Vec<_>>())
            .bind::<Amounts, _>(each(|it| it.state.row.used))
            .bind::<Amounts, _>(each(|it| it.state.row.quota))
            .bind::<Amounts, _>(each(|it| it.state.row.granted))
            .bind::<Amounts, _>(each(|it| it.state.row.carried))
            .bind::<Array<SmallInt>, _>(all.iter().map(|it| it.state.row.announced).collect::<Vec<_>>())
            .bind::<Array<Jsonb>, _>(all.iter().map(|it| json!(it.state.resting)).collect::<Vec<_>>())
            .bind::<Amounts, _>(each(|it| it.state.version))
    });
    Ok(query.execute(&mut &*connection).await?)
}

async fn ledger(connection: &AsyncPgConnection, all: &[Written]) -> Result<(), Refusal> {
    let rows: Vec<(&Written, &Counted)> =
        all.iter().flat_map(|it| it.counted.iter().map(move |row| (it, row))).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let each = |pick: fn(&Counted) -> i64| rows.iter().map(|(_, it)| pick(it)).collect::<Vec<i64>>();
    let actors: Vec<(&str, Option<Uuid>)> = rows
        .iter()
        .map(|(_, it)| {
            let (kind, id, _) = words_of_actor(it.actor);
            (kind, id)
        })
        .collect();
    let query = prepared(LEDGER, |it| {
        it.bind::<Uuids, _>(rows.iter().map(|(it, _)| it.meter.organization.uuid()).collect::<Vec<_>>())
            .bind::<Texts, _>(rows.iter().map(|(it, _)| it.meter.service.as_str()).collect::<Vec<_>>())
            .bind::<Texts, _>(rows.iter().map(|(it, _)| it.meter.meter.as_str()).collect::<Vec<_>>())
            .bind::<Array<Binary>, _>(rows.iter().map(|(_, it)| it.key.as_bytes().as_slice()).collect::<Vec<_>>())
            .bind::<Times, _>(rows.iter().map(|(_, it)| it.window_start).collect::<Vec<_>>())
            .bind::<Array<Nullable<Timestamptz>>, _>(
                rows.iter().map(|(_, it)| it.balance.resets_at).collect::<Vec<_>>(),
            )
            .bind::<Uuids, _>(rows.iter().map(|(_, it)| it.subscription.uuid()).collect::<Vec<_>>())
            .bind::<Amounts, _>(each(|it| it.quantity))
            .bind::<Amounts, _>(each(|it| it.balance.used))
            .bind::<Amounts, _>(each(|it| it.balance.remaining))
            .bind::<Amounts, _>(each(|it| it.balance.limit))
            .bind::<Texts, _>(actors.iter().map(|it| it.0).collect::<Vec<_>>())
            .bind::<Array<Nullable<SqlUuid>>, _>(actors.iter().map(|it| it.1).collect::<Vec<_>>())
            .bind::<Times, _>(rows.iter().map(|(_, it)| it.at).collect::<Vec<_>>())
    });
    query.execute(&mut &*connection).await.map_err(counted_meanwhile)?;
    Ok(())
}

async fn hours(connection: &AsyncPgConnection, all: &[Written]) -> Result<(), Refusal> {
    let rows: Vec<_> = all.iter().flat_map(|it| it.hours.iter().map(move |row| (&it.meter, row))).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let query = prepared(HOURS, |it| {
        it.bind::<Uuids, _>(rows.iter().map(|(it, _)| it.organization.uuid()).collect::<Vec<_>>())
            .bind::<Texts, _>(rows.iter().map(|(it, _)| it.service.as_str()).collect::<Vec<_>>())
            .bind::<Texts, _>(rows.iter().map(|(it, _)| it.meter.as_str()).collect::<Vec<_>>())
            .bind::<Times, _>(rows.iter().map(|(_, it)| it.start).collect::<Vec<_>>())
            .bind::<Amounts, _>(rows.iter().map(|(_, it)| it.used).collect::<Vec<_>>())
            .bind::<Amounts, _>(rows.iter().map(|(_, it)| it.times).collect::<Vec<_>>())
    });
    query.execute(&mut &*connection).await?;
    Ok(())
}

async fn grants(connection: &AsyncPgConnection, all: &[Written]) -> Result<(), Refusal> {
    let (ids, used): (Vec<Uuid>, Vec<i64>) =
        all.iter().flat_map(|it| &it.grants).map(|(id, used)| (id.uuid(), *used)).unzip();
    if ids.is_empty() {
        return Ok(());
    }
    let query = prepared(GRANTS, |it| it.bind::<Uuids, _>(ids).bind::<Amounts, _>(used));
    query.execute(&mut &*connection).await?;
    Ok(())
}

/// Stale where the key counted meanwhile.
fn counted_meanwhile(error: DieselError) -> Refusal {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Refusal::Stale(None),
        other => other.into(),
    }
}

/// Stale where the key made another reservation meanwhile.
async fn reserved(connection: &AsyncPgConnection, all: &[Written]) -> Result<(), Refusal> {
    let rows: Vec<ReservationRow> = all.iter().flat_map(|it| &it.reserved).map(ReservationRow::from).collect();
    let count = rows.len();
    if count == 0 {
        return Ok(());
    }
    let insert = diesel::insert_into(reservations::table).values(rows).on_conflict_do_nothing();
    let written = insert.execute(&mut &*connection).await?;
    if written == count { Ok(()) } else { Err(Refusal::Stale(None)) }
}

async fn closed(connection: &AsyncPgConnection, all: &[Written]) -> Result<(), Refusal> {
    let rows: Vec<_> = all.iter().flat_map(|it| &it.closed).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let query = prepared(CLOSED, |it| {
        it.bind::<Uuids, _>(rows.iter().map(|it| it.id.uuid()).collect::<Vec<_>>())
            .bind::<Array<Nullable<Timestamptz>>, _>(rows.iter().map(|it| it.closed_at).collect::<Vec<Option<Time>>>())
            .bind::<Array<Nullable<BigInt>>, _>(rows.iter().map(|it| it.confirmed).collect::<Vec<Option<i64>>>())
    });
    query.execute(&mut &*connection).await?;
    Ok(())
}
