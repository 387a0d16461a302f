use std::collections::{BTreeMap, BTreeSet};

use diesel::sql_types::{Array, Binary, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use entitlements::{Deed, MeterFacts, MeterKey, Order, Reservation};
use kernel::{Id, Time};
use uuid::Uuid;

use super::flush::Batch;
use super::rows::{GrantColumns, MeterColumns, MeterName, RememberedColumns, ReservationRow, TermsColumns};
use crate::prepared::prepared;
use crate::refusal::Refusal;

/// A plan is made once a connection, perhaps while a table is still small, and kept while it grows. So none may read a table
/// whole, and what is looked up for each meter stands in a subquery of its own: the plan is a look into an index for each.
/// Who waits for a meter waits no longer than a request does.
const PLANS: &str = "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off; SET LOCAL jit = off; \
    SET LOCAL lock_timeout = '5s'";

/// In the order they are named, which is everybody's: so nobody waits in a circle.
const LOCK: &str = "
    SELECT m.* FROM unnest($1, $2, $3) w (organization_id, service, meter)
    CROSS JOIN LATERAL (
        SELECT * FROM meters
        WHERE organization_id = w.organization_id AND service = w.service AND meter = w.meter
        FOR UPDATE
    ) m";

/// Those that somebody else holds are left out.
const TRY_LOCK: &str = "
    SELECT m.* FROM unnest($1, $2, $3) w (organization_id, service, meter)
    CROSS JOIN LATERAL (
        SELECT * FROM meters
        WHERE organization_id = w.organization_id AND service = w.service AND meter = w.meter
        FOR UPDATE SKIP LOCKED
    ) m";

/// The newest subscription of each organization to each service: what stands before `w` names them.
macro_rules! terms_of {
    ($wanted:literal) => {
        concat!(
            "SELECT s.*, p.name AS plan_name, v.features, n.key AS upcoming, n.name AS upcoming_name,
                n.version AS upcoming_version, u.features AS upcoming_features
            FROM ",
            $wanted,
            " CROSS JOIN LATERAL (
                SELECT * FROM subscriptions
                WHERE organization_id = w.organization_id AND service = w.service
                ORDER BY started_at DESC, id DESC LIMIT 1
            ) s
            JOIN plans p ON (p.service, p.key) = (s.service, s.plan)
            JOIN plan_versions v ON (v.service, v.plan, v.version) = (s.service, s.plan, s.plan_version)
            JOIN plans n ON (n.service, n.key) = (s.service, coalesce(s.next_plan, s.plan))
            JOIN plan_versions u ON (u.service, u.plan, u.version) = (n.service, n.key, n.version)"
        )
    };
}
pub(super) use terms_of;

const TERMS: &str = terms_of!("unnest($1, $2) w (organization_id, service)");

const GRANTS: &str = "
    SELECT g.* FROM unnest($1, $2, $3) w (organization_id, service, meter)
    CROSS JOIN LATERAL (
        SELECT * FROM quota_grants
        WHERE organization_id = w.organization_id AND service = w.service AND meter = w.meter
            AND (expires_at IS NULL OR expires_at > $4)
        OFFSET 0
    ) g";

const RESERVATIONS: &str = "
    SELECT r.* FROM unnest($1, $2, $3) w (organization_id, service, meter)
    CROSS JOIN LATERAL (
        SELECT * FROM reservations
        WHERE organization_id = w.organization_id AND service = w.service AND meter = w.meter
            AND closed_at IS NULL AND expires_at > $4
        OFFSET 0
    ) r";

const NAMED_RESERVATIONS: &str = "
    SELECT * FROM reservations WHERE id = ANY ($1)
    UNION
    SELECT r.* FROM unnest($2, $3) w (organization_id, key)
    CROSS JOIN LATERAL (
        SELECT * FROM reservations WHERE organization_id = w.organization_id AND key = w.key OFFSET 0
    ) r";

const REMEMBERED: &str = "
    SELECT c.* FROM unnest($1, $2, $3, $4) w (organization_id, service, meter, key)
    CROSS JOIN LATERAL (
        SELECT * FROM consumptions
        WHERE organization_id = w.organization_id AND service = w.service AND meter = w.meter AND key = w.key
            AND (window_end IS NULL OR window_end > $5)
        OFFSET 0
    ) c";

/// Those that were counted before: what is not among them is nobody's yet.
const THERE: &str = "
    SELECT m.* FROM unnest($1, $2, $3) w (organization_id, service, meter)
    CROSS JOIN LATERAL (
        SELECT organization_id, service, meter FROM meters
        WHERE organization_id = w.organization_id AND service = w.service AND meter = w.meter
        OFFSET 0
    ) m";

type Uuids = Array<SqlUuid>;
type Texts = Array<Text>;

/// Holds the meters; where it does not wait, those that nobody else holds. Answers what is known of each that is held. One that
/// was never counted is held by whoever writes it first.
pub(super) async fn lock(
    connection: &AsyncPgConnection,
    batch: &Batch,
    waits: bool,
) -> Result<BTreeMap<MeterKey, MeterFacts>, Refusal> {
    let (organizations, services, meters) = columns(batch.keys());
    let query = |sql| {
        prepared(sql, |it| it.bind::<Uuids, _>(&organizations).bind::<Texts, _>(&services).bind::<Texts, _>(&meters))
    };
    let mut settings = connection;
    let ((), there, locked) = futures::try_join!(
        settings.batch_execute(PLANS),
        query(THERE).load::<MeterName>(&mut &*connection),
        query(if waits { LOCK } else { TRY_LOCK }).load::<MeterColumns>(&mut &*connection),
    )?;
    let mut facts: BTreeMap<MeterKey, MeterFacts> = BTreeMap::new();
    for row in locked {
        let (key, state) = row.read()?;
        facts.insert(key, MeterFacts { state: Some(state), ..MeterFacts::default() });
    }
    let there = there.into_iter().map(MeterName::read).collect::<Result<BTreeSet<MeterKey>, _>>()?;
    for key in batch.keys().filter(|it| !there.contains(it)) {
        facts.entry(key.clone()).or_default();
    }
    Ok(facts)
}

/// What else is known of meters that are held: read after they were, so that nothing of it changes any more.
pub(super) async fn read(
    connection: &AsyncPgConnection,
    batch: &Batch,
    facts: &mut BTreeMap<MeterKey, MeterFacts>,
) -> Result<(), Refusal> {
    let orders: Vec<&Order> = facts.keys().filter_map(|it| batch.get(it)).flatten().collect();
    let Some(since) = orders.iter().map(|it| it.act.at).min() else { return Ok(()) };
    let (organizations, services, meters) = columns(facts.keys());
    let wanted: BTreeSet<(Uuid, &str)> = facts.keys().map(|it| (it.organization.uuid(), it.service.as_str())).collect();
    let (subscribers, subscribed): (Vec<Uuid>, Vec<&str>) = wanted.into_iter().unzip();
    let terms = prepared(TERMS, |it| it.bind::<Uuids, _>(subscribers).bind::<Texts, _>(subscribed));
    let grants = prepared(GRANTS, |it| {
        it.bind::<Uuids, _>(&organizations)
            .bind::<Texts, _>(&services)
            .bind::<Texts, _>(&meters)
            .bind::<Timestamptz, _>(since)
    });
    let reserved = prepared(RESERVATIONS, |it| {
        it.bind::<Uuids, _>(&organizations)
            .bind::<Texts, _>(&services)
            .bind::<Texts, _>(&meters)
            .bind::<Timestamptz, _>(since)
    });
    let (terms, grants, reserved, named, remembered) = futures::try_join!(
        terms.load::<TermsColumns>(&mut &*connection),
        grants.load::<GrantColumns>(&mut &*connection),
        reserved.load::<ReservationRow>(&mut &*connection),
        named(connection, &orders),
        remembered(connection, &orders, since),
    )?;
    for terms in terms {
        let terms = terms.read()?;
        let of = (terms.subscription.organization, &terms.subscription.service);
        for (_, facts) in facts.iter_mut().filter(|(key, _)| (key.organization, &key.service) == of) {
            facts.terms = Some(terms.clone());
        }
    }
    for grant in grants {
        let grant = grant.read()?;
        let it = &grant.grant;
        let key = MeterKey { organization: it.organization, service: it.service.clone(), meter: it.meter.clone() };
        if let Some(facts) = facts.get_mut(&key) {
            facts.grants.push(grant);
        }
    }
    add_reservations(facts, reserved.into_iter().chain(named), &orders)?;
    for row in remembered {
        let (key, remembered) = row.read()?;
        if let Some(facts) = facts.get_mut(&key) {
            facts.remembered.push(remembered);
        }
    }
    Ok(())
}

/// One that an order names by its key may be of another meter: whoever repeats a key otherwise is to be told.
fn add_reservations(
    facts: &mut BTreeMap<MeterKey, MeterFacts>,
    rows: impl Iterator<Item = ReservationRow>,
    orders: &[&Order],
) -> Result<(), Refusal> {
    for row in rows {
        let found: Reservation = row.try_into()?;
        let own =
            MeterKey { organization: found.organization, service: found.service.clone(), meter: found.meter.clone() };
        let names = |it: &&&Order| {
            it.meter.organization == found.organization
                && matches!(&it.deed, Deed::Reserve { key, .. } if *key == found.key)
        };
        let named_by = orders.iter().filter(names).map(|it| it.meter.clone());
        for key in named_by.chain([own]).collect::<BTreeSet<_>>() {
            if let Some(facts) = facts.get_mut(&key).filter(|it| it.reservations.iter().all(|it| it.id != found.id)) {
                facts.reservations.push(found.clone());
            }
        }
    }
    Ok(())
}

async fn named(connection: &AsyncPgConnection, orders: &[&Order]) -> diesel::QueryResult<Vec<ReservationRow>> {
    let mut ids: Vec<Uuid> = Vec::new();
    let (mut organizations, mut keys): (Vec<Uuid>, Vec<&[u8]>) = (Vec::new(), Vec::new());
    for order in orders {
        match &order.deed {
            Deed::Reserve { key, .. } => {
                organizations.push(order.meter.organization.uuid());
                keys.push(key.as_bytes());
            }
            Deed::Confirm { reservation, .. } | Deed::Release { reservation } => ids.push(reservation.uuid()),
            Deed::Consume { .. } | Deed::Correct { .. } => {}
        }
    }
    if ids.is_empty() && keys.is_empty() {
        return Ok(Vec::new());
    }
    let query = prepared(NAMED_RESERVATIONS, |it| {
        it.bind::<Uuids, _>(ids).bind::<Uuids, _>(organizations).bind::<Array<Binary>, _>(keys)
    });
    query.load(&mut &*connection).await
}

async fn remembered(
    connection: &AsyncPgConnection,
    orders: &[&Order],
    since: Time,
) -> diesel::QueryResult<Vec<RememberedColumns>> {
    let keyed = orders.iter().filter_map(|it| match &it.deed {
        Deed::Consume { key, .. } | Deed::Correct { key, .. } => Some((&it.meter, key.as_bytes().as_slice())),
        Deed::Reserve { .. } | Deed::Confirm { .. } | Deed::Release { .. } => None,
    });
    let (of, keys): (Vec<&MeterKey>, Vec<&[u8]>) = keyed.unzip();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let (organizations, services, meters) = columns(of.into_iter());
    let query = prepared(REMEMBERED, |it| {
        it.bind::<Uuids, _>(organizations)
            .bind::<Texts, _>(services)
            .bind::<Texts, _>(meters)
            .bind::<Array<Binary>, _>(keys)
            .bind::<Timestamptz, _>(since)
    });
    query.load(&mut &*connection).await
}

fn columns<'a>(keys: impl Iterator<Item = &'a MeterKey>) -> (Vec<Uuid>, Vec<&'a str>, Vec<&'a str>) {
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for key in keys {
        columns.0.push(key.organization.uuid());
        columns.1.push(key.service.as_str());
        columns.2.push(key.meter.as_str());
    }
    columns
}
