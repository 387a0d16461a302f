use std::collections::HashMap;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use entitlements::ports::Catalogue;
use entitlements::{Service, ServiceCode};
use kernel::{Fault, Scope};

use crate::fault::fault;
use crate::pool::Database;
use crate::rows::{PlanRow, ServiceRow, service};
use crate::schema::{plans, services};

#[async_trait]
impl Catalogue for Database {
    async fn services(&self) -> Result<Vec<Service>, Fault> {
        self.catalogue(None).await
    }

    async fn service(&self, code: &ServiceCode) -> Result<Option<Service>, Fault> {
        Ok(self.catalogue(Some(code)).await?.pop())
    }
}

impl Database {
    async fn catalogue(&self, code: Option<&ServiceCode>) -> Result<Vec<Service>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let mut query = services::table
            .left_join(plans::table)
            .select((ServiceRow::as_select(), Option::<PlanRow>::as_select()))
            .order((services::position, plans::position))
            .into_boxed();
        if let Some(code) = code {
            query = query.filter(services::code.eq(code.as_str()));
        }
        let rows: Vec<(ServiceRow, Option<PlanRow>)> = query.load(&mut connection).await.map_err(fault)?;
        let mut found: Vec<ServiceRow> = Vec::new();
        let mut plans: HashMap<String, Vec<PlanRow>> = HashMap::new();
        for (row, plan) in rows {
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
