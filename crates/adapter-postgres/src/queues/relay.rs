use async_trait::async_trait;
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::RunQueryDsl;
use kernel::{Fault, Scope, Time};
use webhooks::ports::Relay;

use crate::fault::fault;
use crate::pool::Database;

/// One statement: an event is marked exactly where its deliveries are made. Who is told of a user's event is decided by
/// the memberships of this moment, of those that were when it happened. A deleted organization is told that it is, and
/// nothing more. An endpoint is held while it is told, so that none that goes is in the way of the others.
const RELAY: &str = "
    WITH waiting AS MATERIALIZED (
        SELECT id, at, kind, scope_kind, scope_id, data FROM events WHERE relayed_at IS NULL
        ORDER BY at, id LIMIT $2 FOR UPDATE SKIP LOCKED
    ), told AS (
        SELECT id, at, kind, scope_id AS organization_id, data FROM waiting WHERE scope_kind = 'organization'
        UNION ALL
        SELECT w.id, w.at, w.kind, m.organization_id, w.data
        FROM waiting w JOIN members m ON m.user_id = w.scope_id AND m.status = 'active' AND m.joined_at <= w.at
        WHERE w.scope_kind = 'user'
    ), made AS (
        INSERT INTO webhook_deliveries (endpoint_id, event_id, organization_id, created_at, due_at)
        SELECT e.id, t.id, t.organization_id, $1, $1
        FROM told t
        JOIN organizations o ON o.id = t.organization_id
            AND (o.deleted_at IS NULL OR t.kind = 'organization.deleted')
        JOIN webhook_endpoints e ON e.organization_id = o.id AND e.status = 'enabled'
            AND e.created_at <= t.at AND t.kind = ANY (e.event_types) AND t.data @> e.filters
        FOR KEY SHARE OF e
        ON CONFLICT (endpoint_id, event_id) DO NOTHING
    )
    UPDATE events SET relayed_at = $1 FROM waiting WHERE events.id = waiting.id";

#[async_trait]
impl Relay for Database {
    async fn relay(&self, at: Time, most: u16) -> Result<usize, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        diesel::sql_query(RELAY)
            .bind::<Timestamptz, _>(at)
            .bind::<BigInt, _>(i64::from(most))
            .execute(&mut connection)
            .await
            .map_err(fault)
    }
}
