use std::collections::HashMap;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use entitlements::ports::Catalogue;
use entitlements::{Plan, Service, ServiceCode};
use kernel::{Fault, Scope};

use crate::fault::fault;
use crate::pool::Database;
use crate::rows::{PlanRow, PlanVersionRow, ServiceRow, service};
use crate::schema::{plan_versions, plans, services};

type Row = (ServiceRow, Option<PlanRow>, Option<PlanVersionRow>);

#[async_trait]
impl Catalogue for Database {
    async fn services(&self) -> Result<Vec<Service>, Fault> {
        self.catalogue(None).await
    }

    async fn service(&self, code: &ServiceCode) -> Result<Option<Service>, Fault> {
        Ok(self.catalogue(Some(code)).await?.pop())
    }

    async fn plan_versions(&self, code: &ServiceCode, plan: &str) -> Result<Vec<Plan>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let rows: Vec<(PlanRow, PlanVersionRow)> = plans::table
            .inner_join(plan_versions::table.on(is_of()))
            .filter(plans::service.eq(code.as_str()).and(plans::key.eq(plan)))
            .select((PlanRow::as_select(), PlanVersionRow::as_select()))
            .order(plan_versions::version.desc())
            .load(&mut connection)
            .await
            .map_err(fault)?;
        rows.into_iter().map(|(plan, given)| plan.giving(given)).collect()
    }
}

/// Which versions are a plan's.
#[diesel::dsl::auto_type(no_type_alias)]
fn is_of() -> _ {
    plan_versions::service.eq(plans::service).and(plan_versions::plan.eq(plans::key))
}

impl Database {
    async fn catalogue(&self, code: Option<&ServiceCode>) -> Result<Vec<Service>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let mut query = services::table
            .left_join(plans::table)
            .left_join(plan_versions::table.on(is_of().and(plan_versions::version.eq(plans::version))))
            .select((ServiceRow::as_select(), Option::<PlanRow>::as_select(), Option::<PlanVersionRow>::as_select()))
            .order((services::position, plans::position))
            .into_boxed();
        if let Some(code) = code {
            query = query.filter(services::code.eq(code.as_str()));
        }
        let rows: Vec<Row> = query.load(&mut connection).await.map_err(fault)?;
        let mut found: Vec<ServiceRow> = Vec::new();
        let mut plans: HashMap<String, Vec<Plan>> = HashMap::new();
        for (row, plan, given) in rows {
            let plan = plan.zip(given).map(|(plan, given)| plan.giving(given)).transpose()?;
            plans.entry(row.code.clone()).or_default().extend(plan);
            if found.last().is_none_or(|it| it.code != row.code) {
                found.push(row);
            }
        }
        found
            .into_iter()
            .map(|row| {
                let of_it = plans.remove(&row.code).unwrap_or_default();
                service(row, of_it)
            })
            .collect()
    }
}
