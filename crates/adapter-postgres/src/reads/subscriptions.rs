use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use entitlements::ports::Subscriptions;
use entitlements::{ServiceCode, Subscription};
use kernel::{Fault, Id, OrganizationId, Scope};

use crate::fault::fault;
use crate::pool::Database;
use crate::rows::SubscriptionRow;
use crate::schema::subscriptions;

#[async_trait]
impl Subscriptions for Database {
    async fn newest(&self, organization: OrganizationId, service: &ServiceCode) -> Result<Option<Subscription>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let row = subscriptions::table
            .filter(subscriptions::organization_id.eq(organization.uuid()))
            .filter(subscriptions::service.eq(service.as_str()))
            .order((subscriptions::started_at.desc(), subscriptions::id.desc()))
            .select(SubscriptionRow::as_select())
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        row.map(TryInto::try_into).transpose()
    }
}
