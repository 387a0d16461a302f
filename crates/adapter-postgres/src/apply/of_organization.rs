//! What is done to all that is an organization's at once. Its authorization moves on with it, so nobody adds to it meanwhile
//! who decided on what was.

use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Id, OrganizationId, Signal};
use uuid::Uuid;

use crate::refusal::Refusal;
use crate::schema::keys;

/// What hangs on something goes before it, or with it. What the audit log says stays, and so do sessions that were bound to
/// the organization: they are people's.
const ERASE: &[&str] = &[
    "DELETE FROM webhook_deliveries WHERE organization_id = $1",
    "DELETE FROM webhook_endpoints WHERE organization_id = $1",
    "DELETE FROM events WHERE scope_kind = 'organization' AND scope_id = $1",
    "DELETE FROM reservations WHERE organization_id = $1",
    "DELETE FROM quota_grants WHERE organization_id = $1",
    "DELETE FROM usage_hours WHERE organization_id = $1",
    "DELETE FROM consumptions WHERE organization_id = $1",
    "DELETE FROM meters WHERE organization_id = $1",
    "DELETE FROM subscriptions WHERE organization_id = $1",
    "DELETE FROM invitations WHERE organization_id = $1",
    // Grants go with whom they were given to.
    "DELETE FROM members WHERE organization_id = $1",
    "DELETE FROM roles WHERE organization_id = $1",
    "DELETE FROM permissions WHERE organization_id = $1",
];

pub(super) async fn erase(
    connection: &mut AsyncPgConnection,
    organization: OrganizationId,
) -> Result<impl Iterator<Item = Signal>, Refusal> {
    for statement in ERASE {
        diesel::sql_query(*statement).bind::<SqlUuid, _>(organization.uuid()).execute(connection).await?;
    }
    let own = keys::table.filter(keys::organization_id.eq(organization.uuid()));
    let keys: Vec<Uuid> = diesel::delete(own).returning(keys::id).get_results(connection).await?;
    Ok(keys.into_iter().map(|it| Signal::KeyChanged { key: it.into() }))
}
