//! Meters: orders that arrive while a transaction on a meter is under way go together in the next (`lanes`), which locks
//! the meters, reads what is known of them (`read`), lets the domain deal with the orders and writes what it says
//! (`write`).

mod facts;
mod flush;
mod history;
mod lanes;
mod read;
mod rows;
mod write;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use entitlements::ports::Meters;
use entitlements::{Answer, Bucket, Granularity, Order, Reservation, ServiceCode, ServiceFacts};
use kernel::{Fault, Id, OrganizationId, ReservationId, Scope, Time};

use crate::fault::fault;
use crate::schema::reservations;
use crate::store::PgStore;

pub(crate) use lanes::Lanes;

#[async_trait]
impl Meters for PgStore {
    async fn deal(&self, orders: Vec<Order>) -> Result<Vec<Answer>, Fault> {
        lanes::deal(self, orders).await
    }

    async fn facts(
        &self,
        organization: OrganizationId,
        service: Option<ServiceCode>,
        at: Time,
    ) -> Result<Vec<ServiceFacts>, Fault> {
        facts::facts(&self.database, organization, service, at).await
    }

    async fn reservation(&self, organization: OrganizationId, id: ReservationId) -> Result<Option<Reservation>, Fault> {
        let mut connection = self.database.connection(Scope::Organization(organization)).await?;
        let row: Option<rows::ReservationRow> = reservations::table
            .filter(reservations::id.eq(id.uuid()))
            .filter(reservations::organization_id.eq(organization.uuid()))
            .select(rows::ReservationRow::as_select())
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn history(
        &self,
        organization: OrganizationId,
        service: &ServiceCode,
        from: Time,
        to: Time,
        granularity: Granularity,
    ) -> Result<Vec<Bucket>, Fault> {
        history::history(&self.database, organization, service, (from, to), granularity).await
    }
}
