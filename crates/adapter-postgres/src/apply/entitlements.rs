use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use entitlements::{Change, Service, Subscription};
use kernel::{Id, Sealer, Signal, Write};

use super::{Apply, one, write_row};
use crate::refusal::Refusal;
use crate::rows::{PlanRow, ServiceRow, SubscriptionRow};
use crate::schema::{plans, services, subscriptions};

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
        }
    }
}

/// The plans belong to the service: they are written anew with it, and go with it.
async fn apply_service(connection: &mut AsyncPgConnection, write: &Write<Service>) -> Result<(), Refusal> {
    let this = |it: &Service| services::code.eq(it.code.as_str().to_owned());
    let written: Result<(), Refusal> = write_row!(connection, write, services, |it| ServiceRow::from(it), this);
    written?;
    let next = match write {
        Write::Add(next) => next,
        Write::Save { next, .. } => {
            let old = plans::table.filter(plans::service.eq(next.code.as_str()));
            diesel::delete(old).execute(connection).await?;
            next
        }
        Write::Remove { .. } => return Ok(()),
    };
    diesel::insert_into(plans::table).values(PlanRow::all_of(next)?).execute(connection).await?;
    Ok(())
}
