use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use kernel::{Fault, Id, Scope, Time};
use serde_json::Value;
use uuid::Uuid;
use webhooks::ports::{Deliveries, Due, Then, Wanted};
use webhooks::{LONGEST_PAUSE, Message, Try};

use super::waiting_endpoints;
use crate::fault::fault;
use crate::rows::EndpointRow;
use crate::store::PgStore;

/// Looks at the endpoints that something waits for, one after the other through the index: a long queue of one costs the
/// others nothing, and one that nothing is due for yet is let be. Whose turn it is, and for how many, is found without a
/// lock, and endpoint by endpoint no more is locked than is taken; `MATERIALIZED`, so that it is taken once. Those that fail
/// take turns by when they were tried; of the others who has the fewest under way comes first. A deleted organization is told
/// that it is, and nothing more; nobody looks through what else waits for it.
const CLAIM: &str = concat!(
    "WITH RECURSIVE ",
    waiting_endpoints!(),
    ", asked AS (
        SELECT e.id, e.organization_id, o.deleted_at, f.tried_at,
            coalesce(busy.places, $5) - coalesce(busy.tries, 0) AS room, coalesce(busy.tries, 0) AS under_way,
            $6 - coalesce(all_busy.tries, 0) AS all_room
        FROM waiting w
        JOIN webhook_endpoints e ON e.id = w.endpoint_id AND e.status = 'enabled'
        JOIN organizations o ON o.id = e.organization_id
        LEFT JOIN webhook_failures f ON f.endpoint_id = e.id
        LEFT JOIN unnest($7, $8, $11) busy (id, tries, places) ON busy.id = e.id
        LEFT JOIN unnest($9, $10) all_busy (id, tries) ON all_busy.id = e.organization_id
        WHERE w.due_at <= $1 AND (f.endpoint_id IS NOT NULL) = $4
    ), ready AS (
        SELECT a.*, d.event_id, d.due_at, d.deliveries,
            sum(d.deliveries) OVER (PARTITION BY a.organization_id ORDER BY a.tried_at, a.under_way, d.due_at, a.id)
                - d.deliveries AS before
        FROM asked a CROSS JOIN LATERAL (
            SELECT NULL::uuid AS event_id, min(due_at) AS due_at, count(*) AS deliveries FROM (
                SELECT due_at FROM webhook_deliveries
                WHERE endpoint_id = a.id AND settled_at IS NULL AND due_at <= $1
                ORDER BY due_at LIMIT greatest(a.room, 0)
            ) soon
            WHERE a.deleted_at IS NULL
            UNION ALL
            SELECT d.event_id, d.due_at, 1 FROM (
                SELECT id FROM events WHERE scope_id = a.organization_id AND at >= a.deleted_at AND kind = 'organization.deleted'
                ORDER BY at LIMIT 1
            ) v JOIN webhook_deliveries d ON d.event_id = v.id AND d.endpoint_id = a.id
            WHERE a.deleted_at IS NOT NULL AND d.settled_at IS NULL AND d.due_at <= $1
        ) d
        WHERE a.room > 0 AND d.deliveries > 0
    ), turns AS MATERIALIZED (
        SELECT id, event_id, least(deliveries, all_room - before)::bigint AS room FROM ready WHERE before < all_room
        ORDER BY tried_at, under_way, due_at, id
    ), due AS MATERIALIZED (
        SELECT d.id FROM turns t CROSS JOIN LATERAL (
            SELECT id FROM webhook_deliveries
            WHERE endpoint_id = t.id AND settled_at IS NULL AND due_at <= $1 AND (t.event_id IS NULL OR event_id = t.event_id)
            ORDER BY due_at, id LIMIT t.room FOR UPDATE SKIP LOCKED
        ) d
        LIMIT $2
    )
    UPDATE webhook_deliveries d SET due_at = $3
    FROM due, webhook_endpoints, events v
    WHERE d.id = due.id AND webhook_endpoints.id = d.endpoint_id AND v.id = d.event_id
    RETURNING d.id AS delivery_id, d.tries, v.id AS event_id, v.kind, v.at AS happened_at, v.data, webhook_endpoints.*"
);

/// One statement, so that what a try came to is known whole or not at all. One that is not the claimer's is moved only by
/// having been delivered. Time in which an endpoint was not tried is none in which it failed.
const SETTLE: &str = "
    WITH delivery AS (
        SELECT id, endpoint_id FROM webhook_deliveries WHERE id = $1 FOR UPDATE
    ), settled AS (
        UPDATE webhook_deliveries d
        SET tries = d.tries + 1, due_at = coalesce($2, d.due_at), delivered = $3, settled_at = CASE WHEN $3 IS NULL THEN NULL ELSE $4 END,
            last_status = $7, last_error = $8
        FROM delivery WHERE d.id = delivery.id AND d.settled_at IS NULL AND ($3 OR d.due_at = $10)
    ), tried AS (
        INSERT INTO webhook_tries (delivery_id, at, took_ms, url, status, error, response)
        SELECT id, $4, $5, $6, $7, $8, $9 FROM delivery
    ), taken AS (
        DELETE FROM webhook_failures f USING delivery WHERE $3 AND f.endpoint_id = delivery.endpoint_id
    ), failing AS (
        INSERT INTO webhook_failures AS f (endpoint_id, since, tried_at)
        SELECT endpoint_id, $4, $4 FROM delivery WHERE $3 IS NOT TRUE
        ON CONFLICT (endpoint_id) DO UPDATE SET tried_at = greatest(f.tried_at, excluded.tried_at),
            since = f.since + CASE WHEN f.tried_at < $11 THEN excluded.tried_at - f.tried_at ELSE interval '0' END
        RETURNING since
    )
    SELECT since FROM failing";

#[derive(QueryableByName)]
struct Claimed {
    #[diesel(sql_type = SqlUuid)]
    delivery_id: Uuid,
    #[diesel(sql_type = Integer)]
    tries: i32,
    #[diesel(sql_type = SqlUuid)]
    event_id: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Timestamptz)]
    happened_at: Time,
    #[diesel(sql_type = Jsonb)]
    data: Value,
    #[diesel(embed)]
    endpoint: EndpointRow,
}

#[derive(QueryableByName)]
struct Failing {
    #[diesel(sql_type = Timestamptz)]
    since: Time,
}

#[async_trait]
impl Deliveries for PgStore {
    async fn claim(&self, at: Time, lease_until: Time, wanted: &Wanted) -> Result<Vec<Due>, Fault> {
        let endpoints: Vec<Uuid> = wanted.endpoints.iter().map(|it| it.webhook.uuid()).collect();
        let tries: Vec<i32> = wanted.endpoints.iter().map(|it| i32::from(it.under_way)).collect();
        let places: Vec<i32> = wanted.endpoints.iter().map(|it| i32::from(it.places)).collect();
        let (organizations, all_tries): (Vec<Uuid>, Vec<i32>) =
            wanted.organizations.iter().map(|(id, tries)| (id.uuid(), i32::from(*tries))).unzip();
        let mut connection = self.database.connection(Scope::Installation).await?;
        let claimed: Vec<Claimed> = diesel::sql_query(CLAIM)
            .bind::<Timestamptz, _>(at)
            .bind::<BigInt, _>(i64::from(wanted.most))
            .bind::<Timestamptz, _>(lease_until)
            .bind::<Bool, _>(wanted.failing)
            .bind::<Integer, _>(i32::from(wanted.of_endpoint))
            .bind::<Integer, _>(i32::from(wanted.of_organization))
            .bind::<Array<SqlUuid>, _>(endpoints)
            .bind::<Array<Integer>, _>(tries)
            .bind::<Array<SqlUuid>, _>(organizations)
            .bind::<Array<Integer>, _>(all_tries)
            .bind::<Array<Integer>, _>(places)
            .load(&mut connection)
            .await
            .map_err(fault)?;
        drop(connection);
        Ok(claimed.into_iter().filter_map(|it| self.due(it, at, lease_until)).collect())
    }

    async fn settle(&self, due: &Due, tried: Try, then: Then) -> Result<Option<Time>, Fault> {
        let (again_at, delivered) = match then {
            Then::Delivered => (None, Some(true)),
            Then::Again(at) => (Some(at), None),
            Then::GivenUp => (None, Some(false)),
        };
        let mut connection = self.database.connection(Scope::Installation).await?;
        let failing: Vec<Failing> = diesel::sql_query(SETTLE)
            .bind::<SqlUuid, _>(due.delivery.uuid())
            .bind::<Nullable<Timestamptz>, _>(again_at)
            .bind::<Nullable<Bool>, _>(delivered)
            .bind::<Timestamptz, _>(tried.at)
            .bind::<BigInt, _>(i64::from(tried.took_ms))
            .bind::<Text, _>(tried.url)
            .bind::<Nullable<Integer>, _>(tried.status.map(i32::from))
            .bind::<Nullable<Text>, _>(tried.error)
            .bind::<Nullable<Text>, _>(tried.response)
            .bind::<Timestamptz, _>(due.lease)
            .bind::<Timestamptz, _>(tried.at - LONGEST_PAUSE)
            .load(&mut connection)
            .await
            .map_err(fault)?;
        Ok(failing.into_iter().map(|it| it.since).next())
    }
}

impl PgStore {
    /// One whose secret does not open (its key is gone) is left for the operator to see, and holds no other up.
    fn due(&self, claimed: Claimed, at: Time, lease: Time) -> Option<Due> {
        let Claimed { delivery_id, tries, event_id, kind, happened_at, data, endpoint } = claimed;
        match endpoint.open(self.sealer.as_ref()) {
            Ok(endpoint) => Some(Due {
                delivery: delivery_id.into(),
                webhook: endpoint.id,
                version: endpoint.version,
                secrets: endpoint.signing(at),
                url: endpoint.url,
                headers: endpoint.headers,
                message: Message {
                    event: event_id.into(),
                    kind,
                    organization: endpoint.organization,
                    happened_at,
                    data,
                },
                tries: tries.unsigned_abs(),
                lease,
            }),
            Err(error) => {
                tracing::error!(%error, delivery = %delivery_id, "a due delivery can't be prepared");
                None
            }
        }
    }
}
