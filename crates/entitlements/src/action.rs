use kernel::{Detail, OrganizationId, Scope, SubscriptionId, Target};

use crate::model::ServiceCode;

/// What this domain records.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A service was put into the catalogue.
    ServiceInstalled(ServiceCode),
    /// A subscription began.
    Subscribed {
        /// Whose.
        organization: OrganizationId,
        /// Which.
        subscription: SubscriptionId,
    },
    /// Something was consumed: one entry a flush.
    Consumed {
        /// Who.
        organization: OrganizationId,
        /// Of which service.
        service: ServiceCode,
        /// What.
        meter: String,
        /// How much together.
        quantity: i64,
        /// In how many acceptances.
        times: u32,
    },
}

impl Action {
    /// Every code.
    pub const ALL: &'static [&'static str] = &["service.installed", "entitlement.activated", "entitlement.consumed"];
}

impl kernel::Action for Action {
    fn code(&self) -> &'static str {
        match self {
            Self::ServiceInstalled(_) => "service.installed",
            Self::Subscribed { .. } => "entitlement.activated",
            Self::Consumed { .. } => "entitlement.consumed",
        }
    }

    fn target(&self) -> Target {
        match self {
            Self::ServiceInstalled(code) => Target::new("service", code),
            Self::Subscribed { subscription, .. } => Target::new("subscription", subscription),
            Self::Consumed { service, meter, .. } => Target::new("meter", &format!("{service}/{meter}")),
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Self::ServiceInstalled(_) => Scope::Installation,
            Self::Subscribed { organization, .. } | Self::Consumed { organization, .. } => {
                Scope::Organization(*organization)
            }
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Consumed { quantity, times, .. } => {
                vec![Detail::public("quantity", *quantity), Detail::public("times", *times)]
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
        let every = [
            Action::ServiceInstalled(service.clone()),
            Action::Subscribed { organization, subscription: nth(90) },
            Action::Consumed { organization, service, meter: "messages".into(), quantity: 1, times: 1 },
        ];
        assert_eq!(every.map(|it| it.code()), Action::ALL);
    }
}
