use diesel::sql_types::{Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use entitlements::{GrantState, Reservation, ServiceCode, ServiceFacts, Terms};
use kernel::{Fault, Id, OrganizationId, Scope, Time};

use super::read::terms_of;
use super::rows::{GrantColumns, MeterColumns, ReservationRow, TermsColumns};
use crate::fault::fault;
use crate::pool::Database;
use crate::prepared::prepared;

const TERMS: &str = concat!(
    terms_of!(
        "(SELECT DISTINCT organization_id, service FROM subscriptions
        WHERE organization_id = $1 AND ($2 IS NULL OR service = $2)) w"
    ),
    " JOIN services ON services.code = s.service ORDER BY services.position"
);
const METERS: &str = "SELECT * FROM meters WHERE organization_id = $1 AND ($2 IS NULL OR service = $2)";
const GRANTS: &str = "SELECT * FROM quota_grants
    WHERE organization_id = $1 AND ($2 IS NULL OR service = $2) AND used < amount
        AND (expires_at IS NULL OR expires_at > $3)";
const RESERVATIONS: &str = "SELECT * FROM reservations
    WHERE organization_id = $1 AND ($2 IS NULL OR service = $2) AND closed_at IS NULL AND expires_at > $3";

pub(super) async fn facts(
    database: &Database,
    organization: OrganizationId,
    service: Option<ServiceCode>,
    at: Time,
) -> Result<Vec<ServiceFacts>, Fault> {
    let connection = database.connection(Scope::Organization(organization)).await?;
    let connection = &*connection;
    let code = service.as_ref().map(ServiceCode::as_str);
    let query = |sql| prepared(sql, |it| it.bind::<SqlUuid, _>(organization.uuid()).bind::<Nullable<Text>, _>(code));
    let good = |sql| {
        prepared(sql, |it| {
            it.bind::<SqlUuid, _>(organization.uuid()).bind::<Nullable<Text>, _>(code).bind::<Timestamptz, _>(at)
        })
    };
    let (terms, meters, grants, reservations) = futures::try_join!(
        query(TERMS).load::<TermsColumns>(&mut &*connection),
        query(METERS).load::<MeterColumns>(&mut &*connection),
        good(GRANTS).load::<GrantColumns>(&mut &*connection),
        good(RESERVATIONS).load::<ReservationRow>(&mut &*connection),
    )
    .map_err(fault)?;
    let terms: Vec<Terms> = terms.into_iter().map(TermsColumns::read).collect::<Result<_, _>>()?;
    let meters = meters.into_iter().map(MeterColumns::read).collect::<Result<Vec<_>, _>>()?;
    let grants: Vec<GrantState> = grants.into_iter().map(GrantColumns::read).collect::<Result<_, _>>()?;
    let reservations: Vec<Reservation> = reservations.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
    Ok(terms
        .into_iter()
        .map(|terms| {
            let service = &terms.subscription.service;
            let meters = meters.iter().filter(|(key, _)| key.service == *service);
            ServiceFacts {
                meters: meters.map(|(key, state)| (key.meter.clone(), state.clone())).collect(),
                grants: grants.iter().filter(|it| it.grant.service == *service).cloned().collect(),
                reservations: reservations.iter().filter(|it| it.service == *service).cloned().collect(),
                terms,
            }
        })
        .collect())
}
