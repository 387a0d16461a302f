use serde::Deserialize;
use utoipa::ToSchema;

/// When something takes effect.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum When {
    /// At once.
    Now,
    /// When the current period ends.
    PeriodEnd,
}

impl From<When> for entitlements::When {
    fn from(when: When) -> Self {
        match when {
            When::Now => Self::Now,
            When::PeriodEnd => Self::PeriodEnd,
        }
    }
}
