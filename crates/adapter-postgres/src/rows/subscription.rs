use diesel::pg::Pg;
use diesel::prelude::*;
use entitlements::{ServiceCode, Subscription};
use kernel::{Fault, Id, Time};
use serde_json::Value;
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::subscriptions;

#[derive(Queryable, QueryableByName, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = subscriptions, treat_none_as_null = true, check_for_backend(Pg))]
pub(crate) struct SubscriptionRow {
    id: Uuid,
    organization_id: Uuid,
    service: String,
    plan: String,
    started_at: Time,
    trial_ends_at: Option<Time>,
    ends_at: Option<Time>,
    cancelled_at: Option<Time>,
    pub(crate) version: i64,
    plan_version: i32,
    anchor: Time,
    suspension: Option<Value>,
    next_plan: Option<String>,
    external_reference: Option<String>,
    settled_until: Option<Time>,
}

impl From<&Subscription> for SubscriptionRow {
    fn from(subscription: &Subscription) -> Self {
        Self {
            id: subscription.id.uuid(),
            organization_id: subscription.organization.uuid(),
            service: subscription.service.as_str().to_owned(),
            plan: subscription.plan.clone(),
            started_at: subscription.started_at,
            trial_ends_at: subscription.trial_ends_at,
            ends_at: subscription.ends_at,
            cancelled_at: subscription.cancelled_at,
            version: subscription.version,
            plan_version: subscription.plan_version,
            anchor: subscription.anchor,
            suspension: subscription.suspension.map(|it| serde_json::json!(it)),
            next_plan: subscription.next_plan.clone(),
            external_reference: subscription.external_reference.clone(),
            settled_until: subscription.settled_until,
        }
    }
}

impl TryFrom<SubscriptionRow> for Subscription {
    type Error = Fault;

    fn try_from(row: SubscriptionRow) -> Result<Self, Fault> {
        let suspension = row.suspension.map(serde_json::from_value).transpose();
        Ok(Self {
            id: row.id.into(),
            organization: row.organization_id.into(),
            service: ServiceCode::parse(&row.service).ok_or_else(|| corrupt("service code"))?,
            plan: row.plan,
            plan_version: row.plan_version,
            started_at: row.started_at,
            anchor: row.anchor,
            trial_ends_at: row.trial_ends_at,
            suspension: suspension.map_err(|_| corrupt("suspension"))?,
            cancelled_at: row.cancelled_at,
            ends_at: row.ends_at,
            next_plan: row.next_plan,
            external_reference: row.external_reference,
            settled_until: row.settled_until,
            version: row.version,
        })
    }
}
