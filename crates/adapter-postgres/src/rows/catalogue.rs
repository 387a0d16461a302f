use diesel::pg::Pg;
use diesel::prelude::*;
use entitlements::{Plan, Service, ServiceCode};
use kernel::Fault;
use serde_json::Value;

use crate::fault::corrupt;
use crate::schema::{plans, services};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = services, primary_key(code), check_for_backend(Pg))]
pub(crate) struct ServiceRow {
    pub(crate) code: String,
    name: String,
    description: String,
    pub(crate) version: i64,
}

impl From<&Service> for ServiceRow {
    fn from(service: &Service) -> Self {
        Self {
            code: service.code.as_str().to_owned(),
            name: service.name.clone(),
            description: service.description.clone(),
            version: service.version,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = plans, check_for_backend(Pg))]
pub(crate) struct PlanRow {
    pub(crate) service: String,
    key: String,
    position: i32,
    name: String,
    features: Value,
}

impl PlanRow {
    /// A service's plans, in their order.
    pub(crate) fn all_of(service: &Service) -> Result<Vec<Self>, Fault> {
        (0..)
            .zip(&service.plans)
            .map(|(position, plan)| {
                Ok(Self {
                    service: service.code.as_str().to_owned(),
                    key: plan.key.clone(),
                    position,
                    name: plan.name.clone(),
                    features: serde_json::to_value(&plan.features).map_err(|e| Fault::Failed(e.into()))?,
                })
            })
            .collect()
    }
}

/// A service with its plans, which come in their order.
pub(crate) fn service(row: ServiceRow, plans: impl IntoIterator<Item = PlanRow>) -> Result<Service, Fault> {
    let plans = plans.into_iter().map(|it| {
        let features = serde_json::from_value(it.features).map_err(|_| corrupt("plan's features"))?;
        Ok(Plan { key: it.key, name: it.name, features })
    });
    Ok(Service {
        code: ServiceCode::parse(&row.code).ok_or_else(|| corrupt("service code"))?,
        name: row.name,
        description: row.description,
        plans: plans.collect::<Result<_, Fault>>()?,
        version: row.version,
    })
}
