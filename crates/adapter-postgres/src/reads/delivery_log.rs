use std::collections::HashMap;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{DeliveryId, Fault, Id, Page, PageRequest, Scope, Time};
use serde_json::Value;
use uuid::Uuid;
use webhooks::ports::DeliveryLog;
use webhooks::{Delivery, DeliveryDetails, DeliveryStatus, Endpoint, Message, Try};

use crate::fault::{corrupt, fault};
use crate::keyset::Keyset;
use crate::pool::Database;
use crate::schema::{events, webhook_deliveries as deliveries, webhook_tries as tries};

/// What an endpoint (`$1`) wants of what happened from `$2` until before `$3`. An event of a user's is an organization's from
/// when they belonged to it. What the relay has still to tell it is left to the relay.
macro_rules! events_of_span {
    ($lock:literal) => {
        concat!(
            "WITH endpoint AS MATERIALIZED (SELECT * FROM webhook_endpoints WHERE id = $1 ",
            $lock,
            "), happened AS (
            SELECT v.* FROM endpoint e JOIN events v
                ON v.scope_kind = 'organization' AND v.scope_id = e.organization_id AND v.at >= $2 AND v.at < $3
            UNION ALL
            SELECT v.* FROM endpoint e JOIN members m ON m.organization_id = e.organization_id AND m.status = 'active'
            JOIN events v ON v.scope_kind = 'user' AND v.scope_id = m.user_id AND v.at >= $2 AND v.at < $3
                AND v.at >= m.joined_at
        )
        SELECT e.id AS endpoint_id, v.id AS event_id, e.organization_id FROM endpoint e JOIN happened v
            ON v.kind = ANY (e.event_types) AND v.data @> e.filters
            AND (v.relayed_at IS NOT NULL OR v.at < e.created_at)"
        )
    };
}
pub(crate) use events_of_span;

const COUNT_SPAN: &str =
    concat!("SELECT count(*) AS events FROM (SELECT FROM (", events_of_span!(""), ") s LIMIT $4) counted");

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    events: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries, check_for_backend(diesel::pg::Pg))]
struct DeliveryRow {
    id: Uuid,
    event_id: Uuid,
    created_at: Time,
    due_at: Time,
    tries: i32,
    delivered: Option<bool>,
    last_status: Option<i32>,
    last_error: Option<String>,
}

impl DeliveryRow {
    fn delivery(self, kind: String) -> Result<Delivery, Fault> {
        Ok(Delivery {
            id: self.id.into(),
            event: self.event_id.into(),
            kind,
            status: match self.delivered {
                None => DeliveryStatus::Pending,
                Some(true) => DeliveryStatus::Delivered,
                Some(false) => DeliveryStatus::Failed,
            },
            tries: self.tries.unsigned_abs(),
            last_status: self.last_status.map(status).transpose()?,
            last_error: self.last_error,
            created_at: self.created_at,
            next_try_at: self.delivered.is_none().then_some(self.due_at),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = tries, check_for_backend(diesel::pg::Pg))]
struct TryRow {
    at: Time,
    took_ms: i64,
    url: String,
    status: Option<i32>,
    error: Option<String>,
    response: Option<String>,
}

impl TryFrom<TryRow> for Try {
    type Error = Fault;

    fn try_from(row: TryRow) -> Result<Self, Fault> {
        let TryRow { at, took_ms, url, error, response, .. } = row;
        let took_ms = u32::try_from(took_ms).map_err(|_| corrupt("try's time"))?;
        Ok(Self { at, took_ms, url, status: row.status.map(status).transpose()?, error, response })
    }
}

fn status(stored: i32) -> Result<u16, Fault> {
    stored.try_into().map_err(|_| corrupt("receiver's answer"))
}

/// What these are deliveries of. Joined, the events of all that waits would be read for one page of it.
async fn kinds_of(
    connection: &mut AsyncPgConnection,
    deliveries: &[DeliveryRow],
) -> Result<HashMap<Uuid, String>, Fault> {
    let ids: Vec<Uuid> = deliveries.iter().map(|it| it.event_id).collect();
    let kinds = events::table.filter(events::id.eq_any(ids)).select((events::id, events::kind));
    let kinds: Vec<(Uuid, String)> = kinds.load(connection).await.map_err(fault)?;
    Ok(kinds.into_iter().collect())
}

#[async_trait]
impl DeliveryLog for Database {
    async fn of(
        &self,
        endpoint: &Endpoint,
        wanted: Option<DeliveryStatus>,
        page: PageRequest,
    ) -> Result<Page<Delivery>, Fault> {
        let mut query = deliveries::table
            .filter(deliveries::endpoint_id.eq(endpoint.id.uuid()))
            .order((deliveries::created_at.desc(), deliveries::id.desc()))
            .limit(i64::from(page.limit) + 1)
            .select(DeliveryRow::as_select())
            .into_boxed();
        query = match wanted {
            None => query,
            Some(DeliveryStatus::Pending) => query.filter(deliveries::settled_at.is_null()),
            Some(DeliveryStatus::Delivered) => query.filter(deliveries::delivered.eq(true)),
            Some(DeliveryStatus::Failed) => query.filter(deliveries::delivered.eq(false)),
        };
        if let Some(last) = page.after.as_ref().and_then(Keyset::read) {
            query = query
                .filter(deliveries::created_at.le(last.at))
                .filter(deliveries::created_at.lt(last.at).or(deliveries::id.lt(last.id)));
        }
        let mut connection = self.connection(Scope::Organization(endpoint.organization)).await?;
        let rows: Vec<DeliveryRow> = query.load(&mut connection).await.map_err(fault)?;
        let page = Page::from_one_more(rows, page.limit, |it| Keyset { at: it.created_at, id: it.id }.cursor());
        let kinds = kinds_of(&mut connection, &page.data).await?;
        // A delivery whose event is gone is gone too by now.
        let told = page.data.into_iter().filter_map(|row| {
            let kind = kinds.get(&row.event_id)?.clone();
            Some(row.delivery(kind))
        });
        Ok(Page { data: told.collect::<Result<_, _>>()?, next: page.next })
    }

    async fn count(&self, endpoint: &Endpoint, from: Time, to: Time, most: u32) -> Result<u32, Fault> {
        let mut connection = self.connection(Scope::Organization(endpoint.organization)).await?;
        let counted: Counted = diesel::sql_query(COUNT_SPAN)
            .bind::<SqlUuid, _>(endpoint.id.uuid())
            .bind::<Timestamptz, _>(from)
            .bind::<Timestamptz, _>(to)
            .bind::<BigInt, _>(i64::from(most))
            .get_result(&mut connection)
            .await
            .map_err(fault)?;
        u32::try_from(counted.events).map_err(|_| corrupt("number of events"))
    }

    async fn by_id(&self, endpoint: &Endpoint, id: DeliveryId) -> Result<Option<DeliveryDetails>, Fault> {
        let mut connection = self.connection(Scope::Organization(endpoint.organization)).await?;
        let found = deliveries::table
            .inner_join(events::table)
            .filter(deliveries::id.eq(id.uuid()))
            .filter(deliveries::endpoint_id.eq(endpoint.id.uuid()))
            .select((DeliveryRow::as_select(), events::kind, events::at, events::data))
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        let Some((row, kind, happened_at, data)): Option<(DeliveryRow, String, Time, Value)> = found else {
            return Ok(None);
        };
        let rows: Vec<TryRow> = tries::table
            .filter(tries::delivery_id.eq(id.uuid()))
            .order(tries::id)
            .select(TryRow::as_select())
            .load(&mut connection)
            .await
            .map_err(fault)?;
        let event = row.event_id.into();
        let message = Message { event, kind: kind.clone(), organization: endpoint.organization, happened_at, data };
        let tries = rows.into_iter().map(TryInto::try_into).collect::<Result<_, Fault>>()?;
        Ok(Some(DeliveryDetails { delivery: row.delivery(kind)?, message, tries }))
    }
}
