use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Jsonb, Text};
use entitlements::{
    Balance, GrantState, MeterKey, MeterRow, MeterState, Period, Plan, Reservation, ServiceCode, Terms,
};
use kernel::{Fault, Id, Time, TokenHash};
use serde_json::Value;
use uuid::Uuid;

use crate::fault::corrupt;
use crate::rows::{QuotaGrantRow, SubscriptionRow};
use crate::schema::{consumptions, meters, quota_grants, reservations};

pub(super) fn key(organization: Uuid, service: &str, meter: String) -> Result<MeterKey, Fault> {
    let service = ServiceCode::parse(service).ok_or_else(|| corrupt("service code"))?;
    Ok(MeterKey { organization: organization.into(), service, meter })
}

fn hash(bytes: Vec<u8>) -> Result<TokenHash, Fault> {
    bytes.try_into().map(TokenHash::from_bytes).map_err(|_| corrupt("key's hash"))
}

#[derive(Queryable, QueryableByName, Selectable)]
#[diesel(table_name = meters, check_for_backend(Pg))]
pub(super) struct MeterColumns {
    organization_id: Uuid,
    service: String,
    meter: String,
    period: String,
    window_start: Time,
    used: i64,
    quota: i64,
    granted: i64,
    carried: i64,
    announced: i16,
    resting: Value,
    version: i64,
}

#[derive(QueryableByName)]
#[diesel(table_name = meters, check_for_backend(Pg))]
pub(super) struct MeterName {
    organization_id: Uuid,
    service: String,
    meter: String,
}

impl MeterName {
    pub(super) fn read(self) -> Result<MeterKey, Fault> {
        key(self.organization_id, &self.service, self.meter)
    }
}

impl MeterColumns {
    pub(super) fn read(self) -> Result<(MeterKey, MeterState), Fault> {
        let row = MeterRow {
            period: Period::parse(&self.period).ok_or_else(|| corrupt("period"))?,
            window_start: self.window_start,
            used: self.used,
            quota: self.quota,
            granted: self.granted,
            carried: self.carried,
            announced: self.announced,
        };
        let resting = serde_json::from_value(self.resting).map_err(|_| corrupt("resting meter"))?;
        let state = MeterState { row, resting, version: self.version };
        Ok((key(self.organization_id, &self.service, self.meter)?, state))
    }
}

/// A subscription with the plan it has and the one it will have.
#[derive(QueryableByName)]
#[diesel(check_for_backend(Pg))]
pub(super) struct TermsColumns {
    #[diesel(embed)]
    subscription: SubscriptionRow,
    #[diesel(sql_type = Text)]
    plan_name: String,
    #[diesel(sql_type = Jsonb)]
    features: Value,
    #[diesel(sql_type = Text)]
    upcoming: String,
    #[diesel(sql_type = Text)]
    upcoming_name: String,
    #[diesel(sql_type = Integer)]
    upcoming_version: i32,
    #[diesel(sql_type = Jsonb)]
    upcoming_features: Value,
}

impl TermsColumns {
    pub(super) fn read(self) -> Result<Terms, Fault> {
        let subscription: entitlements::Subscription = self.subscription.try_into()?;
        let plan = |key: String, name: String, version, features: Value| {
            let features = serde_json::from_value(features).map_err(|_| corrupt("plan's features"))?;
            Ok::<_, Fault>(Plan { key, name, version, features, retired_at: None })
        };
        let present = plan(subscription.plan.clone(), self.plan_name, subscription.plan_version, self.features)?;
        let upcoming = if (&self.upcoming, self.upcoming_version) == (&present.key, present.version) {
            present.clone()
        } else {
            plan(self.upcoming, self.upcoming_name, self.upcoming_version, self.upcoming_features)?
        };
        Ok(Terms { subscription, plan: present, upcoming })
    }
}

#[derive(Queryable, QueryableByName, Selectable)]
#[diesel(table_name = consumptions, check_for_backend(Pg))]
pub(super) struct RememberedColumns {
    pub(super) organization_id: Uuid,
    pub(super) service: String,
    pub(super) meter: String,
    key: Vec<u8>,
    quantity: i64,
    used_after: i64,
    remaining_after: i64,
    limit_after: i64,
    window_end: Option<Time>,
}

impl RememberedColumns {
    pub(super) fn read(self) -> Result<(MeterKey, entitlements::Remembered), Fault> {
        let remembered = entitlements::Remembered {
            key: hash(self.key)?,
            quantity: self.quantity,
            balance: Balance {
                used: self.used_after,
                remaining: self.remaining_after,
                limit: self.limit_after,
                resets_at: self.window_end,
            },
        };
        Ok((key(self.organization_id, &self.service, self.meter)?, remembered))
    }
}

#[derive(QueryableByName)]
#[diesel(table_name = quota_grants, check_for_backend(Pg))]
pub(super) struct GrantColumns {
    #[diesel(embed)]
    grant: QuotaGrantRow,
    used: i64,
}

impl GrantColumns {
    pub(super) fn read(self) -> Result<GrantState, Fault> {
        Ok(GrantState { grant: self.grant.try_into()?, used: self.used })
    }
}

#[derive(Queryable, QueryableByName, Selectable, Insertable)]
#[diesel(table_name = reservations, check_for_backend(Pg))]
pub(super) struct ReservationRow {
    id: Uuid,
    organization_id: Uuid,
    service: String,
    meter: String,
    key: Vec<u8>,
    quantity: i64,
    created_at: Time,
    expires_at: Time,
    closed_at: Option<Time>,
    confirmed: Option<i64>,
    used_after: i64,
    remaining_after: i64,
    limit_after: i64,
    resets_at: Option<Time>,
}

impl From<&Reservation> for ReservationRow {
    fn from(reservation: &Reservation) -> Self {
        Self {
            id: reservation.id.uuid(),
            organization_id: reservation.organization.uuid(),
            service: reservation.service.as_str().to_owned(),
            meter: reservation.meter.clone(),
            key: reservation.key.as_bytes().to_vec(),
            quantity: reservation.quantity,
            created_at: reservation.created_at,
            expires_at: reservation.expires_at,
            closed_at: reservation.closed_at,
            confirmed: reservation.confirmed,
            used_after: reservation.balance.used,
            remaining_after: reservation.balance.remaining,
            limit_after: reservation.balance.limit,
            resets_at: reservation.balance.resets_at,
        }
    }
}

impl TryFrom<ReservationRow> for Reservation {
    type Error = Fault;

    fn try_from(row: ReservationRow) -> Result<Self, Fault> {
        let MeterKey { organization, service, meter } = key(row.organization_id, &row.service, row.meter)?;
        Ok(Self {
            id: row.id.into(),
            organization,
            service,
            meter,
            key: hash(row.key)?,
            quantity: row.quantity,
            created_at: row.created_at,
            expires_at: row.expires_at,
            closed_at: row.closed_at,
            confirmed: row.confirmed,
            balance: Balance {
                used: row.used_after,
                remaining: row.remaining_after,
                limit: row.limit_after,
                resets_at: row.resets_at,
            },
        })
    }
}
