use diesel::pg::Pg;
use diesel::prelude::*;
use entitlements::{QuotaGrant, ServiceCode};
use kernel::{Fault, Id, Time};
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::quota_grants;

/// How much of it was used stands beside it: only use writes that.
#[derive(Queryable, QueryableByName, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = quota_grants, treat_none_as_null = true, check_for_backend(Pg))]
pub(crate) struct QuotaGrantRow {
    id: Uuid,
    organization_id: Uuid,
    service: String,
    meter: String,
    amount: i64,
    priority: i16,
    expires_at: Option<Time>,
    created_at: Time,
    pub(crate) version: i64,
}

impl From<&QuotaGrant> for QuotaGrantRow {
    fn from(grant: &QuotaGrant) -> Self {
        Self {
            id: grant.id.uuid(),
            organization_id: grant.organization.uuid(),
            service: grant.service.as_str().to_owned(),
            meter: grant.meter.clone(),
            amount: grant.amount,
            priority: grant.priority,
            expires_at: grant.expires_at,
            created_at: grant.created_at,
            version: grant.version,
        }
    }
}

impl TryFrom<QuotaGrantRow> for QuotaGrant {
    type Error = Fault;

    fn try_from(row: QuotaGrantRow) -> Result<Self, Fault> {
        Ok(Self {
            id: row.id.into(),
            organization: row.organization_id.into(),
            service: ServiceCode::parse(&row.service).ok_or_else(|| corrupt("service code"))?,
            meter: row.meter,
            amount: row.amount,
            priority: row.priority,
            expires_at: row.expires_at,
            created_at: row.created_at,
            version: row.version,
        })
    }
}
