use diesel::prelude::*;
use diesel::sql_types::{Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Id, Sealer, Signal, Write};
use webhooks::{Change, Endpoint, Order, Ordered};

use super::{Apply, one, write_row};
use crate::reads::delivery_log::events_of_span;
use crate::refusal::Refusal;
use crate::rows::EndpointRow;
use crate::schema::{webhook_deliveries as deliveries, webhook_endpoints, webhook_failures};

/// A test is for an endpoint that is there, and is held until it has it.
const TEST: &str = "
    INSERT INTO webhook_deliveries (id, endpoint_id, event_id, organization_id, created_at, due_at)
    SELECT $2, e.id, $3, e.organization_id, $4, $4 FROM webhook_endpoints e WHERE e.id = $1 FOR KEY SHARE";

/// What the relay has made of the span's events, and would have made of them, at once and from the first try on.
const SPAN: &str = concat!(
    "INSERT INTO webhook_deliveries (endpoint_id, event_id, organization_id, created_at, due_at)
    SELECT s.endpoint_id, s.event_id, s.organization_id, $4, $4 FROM (",
    events_of_span!("FOR KEY SHARE"),
    ") s ORDER BY s.event_id
    ON CONFLICT (endpoint_id, event_id) DO UPDATE SET due_at = $4, settled_at = NULL, delivered = NULL, tries = 0"
);

/// An organization's endpoints are counted by one at a time.
const ALONE: &str = "SELECT FROM organizations WHERE id = $1 FOR NO KEY UPDATE";

impl Apply for Change {
    async fn apply(
        &self,
        connection: &mut AsyncPgConnection,
        sealer: &dyn Sealer,
        _: &mut Vec<Signal>,
    ) -> Result<(), Refusal> {
        match self {
            Self::Endpoint(write) => write_endpoint(write, connection, sealer).await,
            Self::Deliver(order) => deliver(order, connection).await,
        }
    }
}

async fn write_endpoint(
    write: &Write<Endpoint>,
    connection: &mut AsyncPgConnection,
    sealer: &dyn Sealer,
) -> Result<(), Refusal> {
    let this = |it: &Endpoint| webhook_endpoints::id.eq(it.id.uuid());
    if let Write::Add(endpoint) = write {
        fits(endpoint, connection).await?;
    }
    write_row!(connection, write, webhook_endpoints, |it| EndpointRow::of(it, sealer), this)?;
    // A changed endpoint begins anew.
    let failures = webhook_failures::table.find(write.subject().id.uuid());
    diesel::delete(failures).execute(connection).await?;
    Ok(())
}

/// Whether there is room for one more; held until it is there.
async fn fits(endpoint: &Endpoint, connection: &mut AsyncPgConnection) -> Result<(), Refusal> {
    let organization = endpoint.organization.uuid();
    diesel::sql_query(ALONE).bind::<SqlUuid, _>(organization).execute(connection).await?;
    let those = webhook_endpoints::table.filter(webhook_endpoints::organization_id.eq(organization));
    let there: i64 = those.count().get_result(connection).await?;
    if usize::try_from(there).is_ok_and(|it| it < Endpoint::MOST) { Ok(()) } else { Err(Refusal::Stale(None)) }
}

async fn deliver(order: &Order, connection: &mut AsyncPgConnection) -> Result<(), Refusal> {
    match order.what {
        Ordered::Test { delivery, event } => {
            let made = diesel::sql_query(TEST)
                .bind::<SqlUuid, _>(order.webhook.uuid())
                .bind::<SqlUuid, _>(delivery.uuid())
                .bind::<SqlUuid, _>(event.uuid())
                .bind::<Timestamptz, _>(order.at);
            one(made.execute(connection).await?)
        }
        Ordered::Again(delivery) => {
            let sent = deliveries::table.find(delivery.uuid()).filter(deliveries::endpoint_id.eq(order.webhook.uuid()));
            let anew = (
                deliveries::due_at.eq(order.at),
                deliveries::settled_at.eq(None::<kernel::Time>),
                deliveries::delivered.eq(None::<bool>),
                deliveries::tries.eq(0),
            );
            one(diesel::update(sent).set(anew).execute(connection).await?)
        }
        Ordered::Span { from, to } => {
            diesel::sql_query(SPAN)
                .bind::<SqlUuid, _>(order.webhook.uuid())
                .bind::<Timestamptz, _>(from)
                .bind::<Timestamptz, _>(to)
                .bind::<Timestamptz, _>(order.at)
                .execute(connection)
                .await?;
            Ok(())
        }
    }
}
