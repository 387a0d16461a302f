use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use entitlements::{Change, QuotaGrant, Service, Subscription};
use kernel::{Id, Sealer, Signal, Write};

use super::{Apply, one, write_row};
use crate::refusal::Refusal;
use crate::rows::{PlanRow, PlanVersionRow, QuotaGrantRow, ServiceRow, SubscriptionRow};
use crate::schema::{plan_versions, plans, quota_grants, services, subscriptions};

impl Apply for Change {
    async fn apply(
        &self,
        connection: &mut AsyncPgConnection,
        _: &dyn Sealer,
        _: &mut Vec<Signal>,
    ) -> Result<(), Refusal> {
        match self {
            Self::Service(write) => apply_service(connection, write).await,
            Self::Subscription(write) => {
                let this = |it: &Subscription| subscriptions::id.eq(it.id.uuid());
                write_row!(connection, write, subscriptions, |it| SubscriptionRow::from(it), this)
            }
            Self::QuotaGrant(write) => {
                let this = |it: &QuotaGrant| quota_grants::id.eq(it.id.uuid());
                write_row!(connection, write, quota_grants, |it| QuotaGrantRow::from(it), this)
            }
        }
    }
}

/// The plans belong to the service and are written with it. None is ever removed, and no version changed, for somebody
/// may have it.
async fn apply_service(connection: &mut AsyncPgConnection, write: &Write<Service>) -> Result<(), Refusal> {
    let this = |it: &Service| services::code.eq(it.code.as_str().to_owned());
    let written: Result<(), Refusal> = write_row!(connection, write, services, |it| ServiceRow::from(it), this);
    written?;
    let (Write::Add(next) | Write::Save { next, .. }) = write else { return Ok(()) };
    diesel::insert_into(plans::table)
        .values(PlanRow::all_of(next))
        .on_conflict((plans::service, plans::key))
        .do_update()
        .set((
            plans::position.eq(excluded(plans::position)),
            plans::name.eq(excluded(plans::name)),
            plans::version.eq(excluded(plans::version)),
            plans::retired_at.eq(excluded(plans::retired_at)),
        ))
        .execute(connection)
        .await?;
    diesel::insert_into(plan_versions::table)
        .values(PlanVersionRow::all_of(next)?)
        .on_conflict_do_nothing()
        .execute(connection)
        .await?;
    Ok(())
}
