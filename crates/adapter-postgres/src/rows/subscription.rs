use diesel::pg::Pg;
use diesel::prelude::*;
use entitlements::{ServiceCode, Subscription};
use kernel::{Fault, Id, Time};
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::subscriptions;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = subscriptions, treat_none_as_null = true, check_for_backend(Pg))]
pub(crate) struct SubscriptionRow {
    id: Uuid,
    organization_id: Uuid,
    service: String,
    plan: String,
    started_at: Time,
    trial_ends_at: Option<Time>,
    suspended_at: Option<Time>,
    ends_at: Option<Time>,
    cancelled_at: Option<Time>,
    pub(crate) version: i64,
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
            suspended_at: subscription.suspended_at,
            ends_at: subscription.ends_at,
            cancelled_at: subscription.cancelled_at,
            version: subscription.version,
        }
    }
}

impl TryFrom<SubscriptionRow> for Subscription {
    type Error = Fault;

    fn try_from(row: SubscriptionRow) -> Result<Self, Fault> {
        Ok(Self {
            id: row.id.into(),
            organization: row.organization_id.into(),
            service: ServiceCode::parse(&row.service).ok_or_else(|| corrupt("service code"))?,
            plan: row.plan,
            started_at: row.started_at,
            trial_ends_at: row.trial_ends_at,
            suspended_at: row.suspended_at,
            ends_at: row.ends_at,
            cancelled_at: row.cancelled_at,
            version: row.version,
        })
    }
}
