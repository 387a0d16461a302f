use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use entitlements::ports::Subscriptions;
use entitlements::{ServiceCode, Subscription};
use kernel::{Fault, Id, OrganizationId, Page, PageRequest, Scope, SubscriptionId, Time};

use crate::fault::fault;
use crate::keyset::Keyset;
use crate::pool::Database;
use crate::rows::SubscriptionRow;
use crate::schema::{organizations, subscriptions};

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

    async fn by_id(&self, id: SubscriptionId) -> Result<Option<Subscription>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let row = subscriptions::table
            .find(id.uuid())
            .select(SubscriptionRow::as_select())
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn of(&self, organization: OrganizationId, page: PageRequest) -> Result<Page<Subscription>, Fault> {
        let mut query = subscriptions::table
            .filter(subscriptions::organization_id.eq(organization.uuid()))
            .order((subscriptions::started_at.desc(), subscriptions::id.desc()))
            .limit(i64::from(page.limit) + 1)
            .select(SubscriptionRow::as_select())
            .into_boxed();
        if let Some(last) = page.after.as_ref().and_then(Keyset::read) {
            query = query
                .filter(subscriptions::started_at.le(last.at))
                .filter(subscriptions::started_at.lt(last.at).or(subscriptions::id.lt(last.id)));
        }
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let rows: Vec<SubscriptionRow> = query.load(&mut connection).await.map_err(fault)?;
        let all: Vec<Subscription> = rows.into_iter().map(TryInto::try_into).collect::<Result<_, Fault>>()?;
        Ok(Page::from_one_more(all, page.limit, |it| Keyset { at: it.started_at, id: it.id.uuid() }.cursor()))
    }

    async fn due(&self, at: Time, most: u8) -> Result<Vec<Subscription>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let living = organizations::table.filter(organizations::deleted_at.is_null()).select(organizations::id);
        let rows: Vec<SubscriptionRow> = subscriptions::table
            .filter(subscriptions::settled_until.le(at))
            .filter(subscriptions::organization_id.eq_any(living))
            .order((subscriptions::settled_until, subscriptions::id))
            .limit(most.into())
            .select(SubscriptionRow::as_select())
            .load(&mut connection)
            .await
            .map_err(fault)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
