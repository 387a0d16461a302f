use kernel::Time;

use crate::entitlement::{Entitlement, FeatureValue};
use crate::model::LimitKind;

/// Whether a feature may be used so much, and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What says no; absent where nothing does.
    pub refusal: Option<Refusal>,
    /// The feature as it stands; absent where the plan has none of that name.
    pub feature: Option<FeatureValue>,
}

/// What says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No subscription allows the use of the service.
    NotEntitled,
    /// The plan has no such feature, or it is off.
    NoSuchFeature,
    /// A hard quota has not so much left.
    QuotaExceeded,
}

impl Refusal {
    /// As told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotEntitled => "not_entitled",
            Self::NoSuchFeature => "no_such_feature",
            Self::QuotaExceeded => "quota_exceeded",
        }
    }
}

impl Check {
    /// Whether nothing says no.
    #[must_use]
    pub const fn allowed(&self) -> bool {
        self.refusal.is_none()
    }

    /// When it could be otherwise by itself.
    #[must_use]
    pub fn resets_at(&self) -> Option<Time> {
        match &self.feature {
            Some(FeatureValue::Meter { balance, .. }) => balance.resets_at,
            _ => None,
        }
    }
}

impl Entitlement {
    /// Whether the service may be used at all.
    #[must_use]
    pub fn allows_use(&self) -> Check {
        Check { refusal: (!self.entitled).then_some(Refusal::NotEntitled), feature: None }
    }

    /// Whether so much of a feature may be used. It changes nothing and promises nothing: only consuming is exact.
    #[must_use]
    pub fn check(&self, feature: &str, quantity: i64) -> Check {
        let found = self.feature(feature).cloned();
        let refusal = match &found {
            _ if !self.entitled => Some(Refusal::NotEntitled),
            None | Some(FeatureValue::Boolean(false)) => Some(Refusal::NoSuchFeature),
            Some(FeatureValue::Meter { balance, limit_kind: LimitKind::Hard, .. }) if balance.remaining < quantity => {
                Some(Refusal::QuotaExceeded)
            }
            Some(_) => None,
        };
        Check { refusal, feature: found }
    }
}
