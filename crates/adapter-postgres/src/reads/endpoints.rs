use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kernel::{Fault, Id, OrganizationId, Page, PageRequest, Scope, WebhookId};
use tracing::error;
use webhooks::Endpoint;
use webhooks::ports::Endpoints;

use crate::fault::{corrupt, fault};
use crate::keyset::Keyset;
use crate::rows::EndpointRow;
use crate::schema::webhook_endpoints as endpoints;
use crate::store::PgStore;

#[async_trait]
impl Endpoints for PgStore {
    async fn by_id(&self, organization: OrganizationId, id: WebhookId) -> Result<Option<Endpoint>, Fault> {
        let mut connection = self.database.connection(Scope::Organization(organization)).await?;
        let row = endpoints::table
            .find(id.uuid())
            .filter(endpoints::organization_id.eq(organization.uuid()))
            .select(EndpointRow::as_select())
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        row.map(|it| it.open(self.sealer.as_ref())).transpose()
    }

    async fn of(&self, organization: OrganizationId, page: PageRequest) -> Result<Page<Endpoint>, Fault> {
        let mut query = endpoints::table
            .filter(endpoints::organization_id.eq(organization.uuid()))
            .order((endpoints::created_at.desc(), endpoints::id.desc()))
            .limit(i64::from(page.limit) + 1)
            .select(EndpointRow::as_select())
            .into_boxed();
        if let Some(last) = page.after.as_ref().and_then(Keyset::read) {
            query = query
                .filter(endpoints::created_at.le(last.at))
                .filter(endpoints::created_at.lt(last.at).or(endpoints::id.lt(last.id)));
        }
        let mut connection = self.database.connection(Scope::Organization(organization)).await?;
        let rows: Vec<EndpointRow> = query.load(&mut connection).await.map_err(fault)?;
        drop(connection);
        let page = Page::from_one_more(rows, page.limit, EndpointRow::cursor);
        let open = |it: EndpointRow| {
            it.open(self.sealer.as_ref()).inspect_err(|error| error!(%error, "an endpoint does not open"))
        };
        Ok(Page { data: page.data.into_iter().map(open).filter_map(Result::ok).collect(), next: page.next })
    }

    async fn count(&self, organization: OrganizationId) -> Result<usize, Fault> {
        let mut connection = self.database.connection(Scope::Organization(organization)).await?;
        let those = endpoints::table.filter(endpoints::organization_id.eq(organization.uuid()));
        let count: i64 = those.count().get_result(&mut connection).await.map_err(fault)?;
        usize::try_from(count).map_err(|_| corrupt("number of endpoints"))
    }
}
