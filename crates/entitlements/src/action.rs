use kernel::{Detail, OrganizationId, QuotaGrantId, Scope, SubscriptionId, Target};

use crate::metering::MeterKey;
use crate::model::{Alteration, ServiceCode};

/// What this domain records.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A service was put into the catalogue as it came.
    ServiceInstalled(ServiceCode),
    /// A service is new in the catalogue.
    ServiceCreated(ServiceCode),
    /// A service is called otherwise, retired, or not retired any more.
    ServiceUpdated(ServiceCode),
    /// A plan is new or another.
    PlanSet {
        /// Of which service.
        service: ServiceCode,
        /// Which.
        plan: String,
    },
    /// Something became of a subscription.
    Subscription {
        /// Whose.
        organization: OrganizationId,
        /// Which.
        subscription: SubscriptionId,
        /// What; the same event tells all of it.
        alterations: Vec<Alteration>,
    },
    /// More of a meter may be used than the plan allows.
    QuotaGranted {
        /// To whom.
        organization: OrganizationId,
        /// Which grant.
        grant: QuotaGrantId,
    },
    /// Something was consumed: one entry for all that was counted together.
    Consumed {
        /// Of which meter.
        meter: MeterKey,
        /// How much together.
        quantity: i64,
        /// In how many acceptances.
        times: usize,
    },
    /// Something was reserved: one entry for all that went together.
    Reserved {
        /// Of which meter.
        meter: MeterKey,
        /// How much together.
        quantity: i64,
        /// In how many reservations.
        times: usize,
    },
    /// Reservations were let go of: one entry for all that went together.
    Released {
        /// Of which meter.
        meter: MeterKey,
        /// How much together.
        quantity: i64,
        /// How many.
        times: usize,
    },
    /// What was counted was taken back.
    Corrected {
        /// Of which meter.
        meter: MeterKey,
        /// How much.
        quantity: i64,
        /// Why.
        reason: String,
    },
}

impl Action {
    /// Every code.
    pub const ALL: &'static [&'static str] = &[
        "service.installed",
        "service.created",
        "service.updated",
        "plan.set",
        "entitlement.activated",
        "entitlement.suspended",
        "entitlement.cancelled",
        "entitlement.changed",
        "entitlement.consumed",
        "entitlement.reserved",
        "entitlement.released",
        "entitlement.corrected",
    ];
}

impl kernel::Action for Action {
    fn code(&self) -> &'static str {
        match self {
            Self::ServiceInstalled(_) => "service.installed",
            Self::ServiceCreated(_) => "service.created",
            Self::ServiceUpdated(_) => "service.updated",
            Self::PlanSet { .. } => "plan.set",
            Self::Subscription { alterations, .. } => {
                alterations.first().map_or("entitlement.changed", Alteration::event)
            }
            Self::QuotaGranted { .. } => "entitlement.changed",
            Self::Consumed { .. } => "entitlement.consumed",
            Self::Reserved { .. } => "entitlement.reserved",
            Self::Released { .. } => "entitlement.released",
            Self::Corrected { .. } => "entitlement.corrected",
        }
    }

    fn target(&self) -> Target {
        match self {
            Self::ServiceInstalled(code) | Self::ServiceCreated(code) | Self::ServiceUpdated(code) => {
                Target::new("service", code)
            }
            Self::PlanSet { service, plan } => Target::new("plan", &format!("{service}/{plan}")),
            Self::Subscription { subscription, .. } => Target::new("subscription", subscription),
            Self::QuotaGranted { grant, .. } => Target::new("quota_grant", grant),
            Self::Consumed { meter, .. }
            | Self::Reserved { meter, .. }
            | Self::Released { meter, .. }
            | Self::Corrected { meter, .. } => Target::new("meter", &format!("{}/{}", meter.service, meter.meter)),
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Self::ServiceInstalled(_) | Self::ServiceCreated(_) | Self::ServiceUpdated(_) | Self::PlanSet { .. } => {
                Scope::Installation
            }
            Self::Subscription { organization, .. } | Self::QuotaGranted { organization, .. } => {
                Scope::Organization(*organization)
            }
            Self::Consumed { meter, .. }
            | Self::Reserved { meter, .. }
            | Self::Released { meter, .. }
            | Self::Corrected { meter, .. } => Scope::Organization(meter.organization),
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Subscription { alterations, .. } => {
                let changes: Vec<_> = alterations.iter().map(Alteration::as_str).collect();
                vec![Detail::public("change", changes)]
            }
            Self::QuotaGranted { .. } => vec![Detail::public("change", vec!["granted"])],
            Self::Consumed { quantity, times, .. }
            | Self::Reserved { quantity, times, .. }
            | Self::Released { quantity, times, .. } => {
                vec![Detail::public("quantity", *quantity), Detail::public("times", *times)]
            }
            Self::Corrected { quantity, reason, .. } => {
                vec![Detail::public("quantity", -quantity), Detail::public("reason", reason.as_str())]
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Action as _;
    use kernel::testing::nth;

    use super::*;
    use crate::testing::sms_gateway;

    #[test]
    fn all_lists_every_code() {
        let (organization, service) = (nth(60), sms_gateway().code);
        let meter = MeterKey { organization, service: service.clone(), meter: "messages".into() };
        let of =
            |alteration| Action::Subscription { organization, subscription: nth(90), alterations: vec![alteration] };
        let every = [
            Action::ServiceInstalled(service.clone()),
            Action::ServiceCreated(service.clone()),
            Action::ServiceUpdated(service.clone()),
            Action::PlanSet { service, plan: "free".into() },
            of(Alteration::Begun),
            of(Alteration::Suspended),
            of(Alteration::Cancelled),
            of(Alteration::Renewed),
            Action::Consumed { meter: meter.clone(), quantity: 1, times: 1 },
            Action::Reserved { meter: meter.clone(), quantity: 1, times: 1 },
            Action::Released { meter: meter.clone(), quantity: 1, times: 1 },
            Action::Corrected { meter, quantity: 1, reason: "r".into() },
        ];
        assert_eq!(every.map(|it| it.code()), Action::ALL);
        assert_eq!(Action::QuotaGranted { organization, grant: nth(91) }.code(), "entitlement.changed");
    }
}
