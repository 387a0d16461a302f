use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use diesel::prelude::*;
use diesel::query_dsl::methods;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use entitlements::ports::Meters;
use entitlements::{Consumption, ConsumptionOutcome, LimitKind, ServiceCode, witness_consumption};
use kernel::{Act, Fault, Id, OrganizationId, Scope, Time};

use crate::fault::fault;
use crate::refusal::Refusal;
use crate::schema::{consumptions, meter_usage, subscriptions};
use crate::store::PgStore;
use crate::transaction::{Done, Transaction};
use crate::turns::Turn;

#[async_trait]
impl Meters for PgStore {
    async fn used(
        &self,
        organization: OrganizationId,
        service: &ServiceCode,
        wanted: &[(String, Time)],
    ) -> Result<Vec<i64>, Fault> {
        let mut connection = self.database.connection(Scope::Organization(organization)).await?;
        let (meters, starts): (Vec<&str>, Vec<Time>) =
            wanted.iter().map(|(meter, start)| (meter.as_str(), *start)).unzip();
        // Of every wanted meter in every wanted window: at most a few more rows than were asked for.
        let rows: Vec<(String, Time, i64)> = meter_usage::table
            .filter(meter_usage::organization_id.eq(organization.uuid()))
            .filter(meter_usage::service.eq(service.as_str()))
            .filter(meter_usage::meter.eq_any(meters))
            .filter(meter_usage::window_start.eq_any(starts))
            .select((meter_usage::meter, meter_usage::window_start, meter_usage::used))
            .load(&mut connection)
            .await
            .map_err(fault)?;
        let used: HashMap<(String, Time), i64> =
            rows.into_iter().map(|(meter, start, used)| ((meter, start), used)).collect();
        Ok(wanted.iter().map(|it| used.get(it).copied().unwrap_or(0)).collect())
    }

    async fn consume(&self, act: &Act, consumption: Consumption) -> Result<ConsumptionOutcome, Fault> {
        Ok(self.carry(Consume { act: act.clone(), consumption }).await?)
    }
}

struct Consume {
    act: Act,
    consumption: Consumption,
}

impl Transaction for Consume {
    type Answer = ConsumptionOutcome;

    fn scope(&self) -> Scope {
        Scope::Organization(self.consumption.organization)
    }

    fn turns(&self) -> BTreeSet<Turn> {
        let it = &self.consumption;
        BTreeSet::from([Turn::Meter(it.organization, it.service.clone(), it.meter.clone())])
    }

    async fn run<'a>(
        &'a self,
        _: &'a PgStore,
        connection: &mut AsyncPgConnection,
    ) -> Result<Done<'a, ConsumptionOutcome>, Refusal> {
        let outcome = self.decide(connection).await?;
        let evidence = Cow::Owned(witness_consumption(&self.act, &self.consumption, &outcome));
        Ok(Done { answer: outcome, evidence, signals: Vec::new() })
    }
}

impl Consume {
    /// The usage row is the one lock that consumers of a meter take from each other: whoever has added to it is alone in
    /// the window, the ledger included, until its transaction ends.
    async fn decide(&self, connection: &mut AsyncPgConnection) -> Result<ConsumptionOutcome, Refusal> {
        if !self.subscription_holds(connection).await? {
            return Ok(ConsumptionOutcome::Stale);
        }
        if let Some(before) = self.look_up(connection).await? {
            return Ok(before);
        }
        let Some(used) = self.add(connection).await? else {
            // What filled the quota while this waited may have been the same key.
            if let Some(before) = self.look_up(connection).await? {
                return Ok(before);
            }
            return Ok(ConsumptionOutcome::Exceeded { used: self.used(connection).await? });
        };
        if self.write_down(connection, used).await? {
            Ok(ConsumptionOutcome::Accepted { used })
        } else {
            self.take_back(connection).await?;
            let before = self.look_up(connection).await?;
            Ok(before.ok_or_else(|| Fault::defect("a ledger row is there and not there"))?)
        }
    }

    async fn subscription_holds(&self, connection: &mut AsyncPgConnection) -> Result<bool, Refusal> {
        let version: Option<i64> = subscriptions::table
            .filter(subscriptions::id.eq(self.consumption.subscription.uuid()))
            .filter(subscriptions::organization_id.eq(self.consumption.organization.uuid()))
            .select(subscriptions::version)
            .for_share()
            .first(connection)
            .await
            .optional()?;
        Ok(version == Some(self.consumption.subscription_version))
    }

    /// What became of the key before, in this window.
    async fn look_up(&self, connection: &mut AsyncPgConnection) -> Result<Option<ConsumptionOutcome>, Refusal> {
        let it = &self.consumption;
        let found: Option<(i64, i64)> = consumptions::table
            .filter(consumptions::organization_id.eq(it.organization.uuid()))
            .filter(consumptions::service.eq(it.service.as_str()))
            .filter(consumptions::meter.eq(&it.meter))
            .filter(consumptions::window_start.eq(it.window.start))
            .filter(consumptions::key.eq(it.key.as_bytes().as_slice()))
            .select((consumptions::quantity, consumptions::used_after))
            .first(connection)
            .await
            .optional()?;
        Ok(found.map(|(quantity, used)| {
            if quantity == it.quantity { ConsumptionOutcome::Repeated { used } } else { ConsumptionOutcome::KeyReused }
        }))
    }

    /// Adds, where the limit allows; one statement, so no two can both find room for the last.
    async fn add(&self, connection: &mut AsyncPgConnection) -> Result<Option<i64>, Refusal> {
        let it = &self.consumption;
        let ceiling = match it.limit_kind {
            LimitKind::Hard => it.limit,
            LimitKind::Soft => i64::MAX,
        };
        if it.quantity > ceiling {
            return Ok(None);
        }
        let row = (
            meter_usage::organization_id.eq(it.organization.uuid()),
            meter_usage::service.eq(it.service.as_str()),
            meter_usage::meter.eq(&it.meter),
            meter_usage::window_start.eq(it.window.start),
            meter_usage::used.eq(it.quantity),
        );
        let add = diesel::insert_into(meter_usage::table)
            .values(row)
            .on_conflict((
                meter_usage::organization_id,
                meter_usage::service,
                meter_usage::meter,
                meter_usage::window_start,
            ))
            .do_update()
            .set(meter_usage::used.eq(meter_usage::used + it.quantity));
        let add = methods::FilterDsl::filter(add, meter_usage::used.le(ceiling - it.quantity));
        Ok(add.returning(meter_usage::used).get_result(connection).await.optional()?)
    }

    async fn used(&self, connection: &mut AsyncPgConnection) -> Result<i64, Refusal> {
        let it = &self.consumption;
        let key = (it.organization.uuid(), it.service.as_str(), it.meter.as_str(), it.window.start);
        let used = meter_usage::table.find(key).select(meter_usage::used).first(connection).await.optional()?;
        Ok(used.unwrap_or(0))
    }

    /// Whether the key was new.
    async fn write_down(&self, connection: &mut AsyncPgConnection, used: i64) -> Result<bool, Refusal> {
        let it = &self.consumption;
        let row = (
            consumptions::organization_id.eq(it.organization.uuid()),
            consumptions::service.eq(it.service.as_str()),
            consumptions::meter.eq(&it.meter),
            consumptions::window_start.eq(it.window.start),
            consumptions::key.eq(it.key.as_bytes().as_slice()),
            consumptions::subscription_id.eq(it.subscription.uuid()),
            consumptions::quantity.eq(it.quantity),
            consumptions::used_after.eq(used),
            consumptions::at.eq(self.act.at),
        );
        let written =
            diesel::insert_into(consumptions::table).values(row).on_conflict_do_nothing().execute(connection).await?;
        Ok(written == 1)
    }

    /// The same key came twice at once, and the other was first: nothing is added for this one.
    async fn take_back(&self, connection: &mut AsyncPgConnection) -> Result<(), Refusal> {
        let it = &self.consumption;
        let key = (it.organization.uuid(), it.service.as_str(), it.meter.as_str(), it.window.start);
        let row = meter_usage::table.find(key);
        diesel::update(row).set(meter_usage::used.eq(meter_usage::used - it.quantity)).execute(connection).await?;
        Ok(())
    }
}
