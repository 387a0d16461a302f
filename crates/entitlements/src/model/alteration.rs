use serde_json::{Map, Value};

/// What becomes of a subscription, by somebody or by time alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alteration {
    /// It began.
    Begun,
    /// It is not stopped any more.
    Activated,
    /// It is stopped.
    Suspended,
    /// It will end, or has.
    Cancelled,
    /// It goes on as if it had not been cancelled.
    Resumed,
    /// It has another plan, or its plan in another version.
    PlanChanged {
        /// The plan before.
        from: String,
    },
    /// A plan was chosen for the next period.
    PlanScheduled,
    /// None is chosen for it any more.
    PlanUnscheduled,
    /// A billing system knows it by something else.
    ReferenceChanged,
    /// The trial is over.
    TrialEnded,
    /// Another period began.
    Renewed,
    /// It is over.
    Expired,
    /// It was stopped when it ended, and its organization may subscribe anew.
    Released,
}

impl Alteration {
    /// The event that tells it.
    #[must_use]
    pub const fn event(&self) -> &'static str {
        match self {
            Self::Begun | Self::Activated => "entitlement.activated",
            Self::Suspended => "entitlement.suspended",
            Self::Cancelled => "entitlement.cancelled",
            _ => "entitlement.changed",
        }
    }

    /// As told.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Activated => "activated",
            Self::Suspended => "suspended",
            Self::Cancelled => "cancelled",
            Self::Resumed => "resumed",
            Self::PlanChanged { .. } => "plan_changed",
            Self::PlanScheduled => "plan_scheduled",
            Self::PlanUnscheduled => "plan_unscheduled",
            Self::ReferenceChanged => "reference_changed",
            Self::TrialEnded => "trial_ended",
            Self::Renewed => "renewed",
            Self::Expired => "expired",
            Self::Released => "released",
        }
    }

    /// What an event says of it beside the subscription.
    pub(crate) fn told(&self) -> Map<String, Value> {
        let mut told = Map::from_iter([("change".to_owned(), self.as_str().into())]);
        if let Self::PlanChanged { from } = self {
            told.insert("plan_before".to_owned(), from.as_str().into());
        }
        told
    }
}
