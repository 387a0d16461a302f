use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Jsonb, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use kernel::{Fault, Id, OrganizationId, Scope, Time};
use serde_json::Value;
use uuid::Uuid;
use webhooks::ports::{Deliveries, Due, Settled};
use webhooks::{EndpointUrl, SigningSecret};

use crate::fault::{corrupt, fault};
use crate::rows::place_of_endpoint;
use crate::schema::webhook_deliveries as deliveries;
use crate::store::PgStore;

/// `MATERIALIZED`, so that it is run once and locks no more than it claims. A deleted organization is told that it is, and
/// nothing more.
const CLAIM: &str = "
    WITH due AS MATERIALIZED (
        SELECT d.id FROM webhook_deliveries d
        JOIN webhook_endpoints e ON e.id = d.endpoint_id AND e.status = 'enabled'
        JOIN organizations o ON o.id = d.organization_id
        JOIN events v ON v.id = d.event_id AND (o.deleted_at IS NULL OR v.kind = 'organization.deleted')
        WHERE d.settled_at IS NULL AND d.due_at <= $1
            AND NOT (d.organization_id = ANY ($4))
        ORDER BY d.due_at, d.id LIMIT $2 FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE webhook_deliveries d SET due_at = $3
    FROM due, webhook_endpoints e, events v
    WHERE d.id = due.id AND e.id = d.endpoint_id AND v.id = d.event_id
    RETURNING d.id, d.organization_id, d.tries, e.id AS endpoint_id, e.url, e.secret,
        v.id AS event_id, v.kind, v.at AS happened_at, v.data";

#[derive(QueryableByName)]
struct Claimed {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    organization_id: Uuid,
    #[diesel(sql_type = Integer)]
    tries: i32,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    endpoint_id: Uuid,
    #[diesel(sql_type = Text)]
    url: String,
    #[diesel(sql_type = Binary)]
    secret: Vec<u8>,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    event_id: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Timestamptz)]
    happened_at: Time,
    #[diesel(sql_type = Jsonb)]
    data: Value,
}

#[async_trait]
impl Deliveries for PgStore {
    async fn claim(&self, at: Time, lease_until: Time, most: u16, busy: &[OrganizationId]) -> Result<Vec<Due>, Fault> {
        let busy: Vec<Uuid> = busy.iter().map(|it| it.uuid()).collect();
        let mut connection = self.database.connection(Scope::Installation).await?;
        let claimed: Vec<Claimed> = diesel::sql_query(CLAIM)
            .bind::<Timestamptz, _>(at)
            .bind::<BigInt, _>(i64::from(most))
            .bind::<Timestamptz, _>(lease_until)
            .bind::<Array<diesel::sql_types::Uuid>, _>(busy)
            .load(&mut connection)
            .await
            .map_err(fault)?;
        Ok(claimed.into_iter().filter_map(|it| self.due(it)).collect())
    }

    async fn settle(&self, delivery: Uuid, at: Time, outcome: Settled) -> Result<(), Fault> {
        let (again_at, delivered, status, error) = match outcome {
            Settled::Delivered { status } => (None, true, Some(status), None),
            Settled::Retry { at, status, error } => (Some(at), false, status, Some(error)),
            Settled::GivenUp { status, error } => (None, false, status, Some(error)),
        };
        let mut connection = self.database.connection(Scope::Installation).await?;
        diesel::update(deliveries::table.find(delivery).filter(deliveries::settled_at.is_null()))
            .set((
                deliveries::tries.eq(deliveries::tries + 1),
                deliveries::due_at.eq(again_at.unwrap_or(at)),
                deliveries::delivered.eq(again_at.is_none().then_some(delivered)),
                deliveries::settled_at.eq(again_at.is_none().then_some(at)),
                deliveries::last_status.eq(status.map(i32::from)),
                deliveries::last_error.eq(error),
            ))
            .execute(&mut connection)
            .await
            .map_err(fault)?;
        Ok(())
    }
}

impl PgStore {
    /// One whose secret does not open (its key is gone) is left for the operator to see, and holds no other up.
    fn due(&self, claimed: Claimed) -> Option<Due> {
        let id = claimed.id;
        match self.opened(claimed) {
            Ok(due) => Some(due),
            Err(error) => {
                tracing::error!(%error, delivery = %id, "a due delivery can't be prepared");
                None
            }
        }
    }

    fn opened(&self, claimed: Claimed) -> Result<Due, Fault> {
        let secret = self.sealer.open(&place_of_endpoint(claimed.endpoint_id), &claimed.secret)?;
        Ok(Due {
            delivery: claimed.id,
            webhook: claimed.endpoint_id.into(),
            url: EndpointUrl::stored(&claimed.url).ok_or_else(|| corrupt("endpoint's address"))?,
            secret: SigningSecret::parse(secret).ok_or_else(|| corrupt("signing secret"))?,
            event: claimed.event_id.into(),
            kind: claimed.kind,
            organization: claimed.organization_id.into(),
            happened_at: claimed.happened_at,
            data: claimed.data,
            tries: claimed.tries.unsigned_abs(),
        })
    }
}
