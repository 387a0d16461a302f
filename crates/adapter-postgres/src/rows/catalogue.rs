use diesel::pg::Pg;
use diesel::prelude::*;
use entitlements::{Plan, Service, ServiceCode};
use kernel::{Fault, Time};
use serde_json::Value;

use crate::fault::corrupt;
use crate::schema::{plan_versions, plans, services};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = services, primary_key(code), treat_none_as_null = true, check_for_backend(Pg))]
pub(crate) struct ServiceRow {
    pub(crate) code: String,
    name: String,
    description: String,
    pub(crate) version: i64,
    retired_at: Option<Time>,
}

impl From<&Service> for ServiceRow {
    fn from(service: &Service) -> Self {
        Self {
            code: service.code.as_str().to_owned(),
            name: service.name.clone(),
            description: service.description.clone(),
            version: service.version,
            retired_at: service.retired_at,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = plans, check_for_backend(Pg))]
pub(crate) struct PlanRow {
    service: String,
    key: String,
    position: i32,
    name: String,
    version: i32,
    retired_at: Option<Time>,
}

impl PlanRow {
    /// A service's plans, in their order.
    pub(crate) fn all_of(service: &Service) -> Vec<Self> {
        let row = |(position, plan): (i32, &Plan)| Self {
            service: service.code.as_str().to_owned(),
            key: plan.key.clone(),
            position,
            name: plan.name.clone(),
            version: plan.version,
            retired_at: plan.retired_at,
        };
        (0..).zip(&service.plans).map(row).collect()
    }

    /// With what this or another version of it gives.
    pub(crate) fn giving(self, given: PlanVersionRow) -> Result<Plan, Fault> {
        let features = serde_json::from_value(given.features).map_err(|_| corrupt("plan's features"))?;
        Ok(Plan { key: self.key, name: self.name, version: given.version, features, retired_at: self.retired_at })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = plan_versions, check_for_backend(Pg))]
pub(crate) struct PlanVersionRow {
    service: String,
    plan: String,
    version: i32,
    features: Value,
}

impl PlanVersionRow {
    /// The present version of each of a service's plans.
    pub(crate) fn all_of(service: &Service) -> Result<Vec<Self>, Fault> {
        let row = |plan: &Plan| {
            Ok(Self {
                service: service.code.as_str().to_owned(),
                plan: plan.key.clone(),
                version: plan.version,
                features: serde_json::to_value(&plan.features).map_err(|e| Fault::Failed(e.into()))?,
            })
        };
        service.plans.iter().map(row).collect()
    }
}

/// A service with its plans, which come in their order.
pub(crate) fn service(row: ServiceRow, plans: Vec<Plan>) -> Result<Service, Fault> {
    Ok(Service {
        code: ServiceCode::parse(&row.code).ok_or_else(|| corrupt("service code"))?,
        name: row.name,
        description: row.description,
        plans,
        retired_at: row.retired_at,
        version: row.version,
    })
}
