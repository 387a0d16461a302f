use entitlements::{Feature, FeatureKind, LimitKind, Period, Quota};
use serde::Deserialize;
use utoipa::ToSchema;

/// One thing a plan gives.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(super) enum FeatureRequest {
    Boolean(BooleanFeature),
    Value(ValueFeature),
    Meter(MeterFeature),
}

/// On or off.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BooleanFeature {
    #[schema(example = "sso")]
    key: String,
    #[serde(rename = "kind")]
    #[schema(inline)]
    _kind: BooleanKind,
    value: bool,
}

/// A setting.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ValueFeature {
    #[schema(example = "region")]
    key: String,
    #[serde(rename = "kind")]
    #[schema(inline)]
    _kind: ValueKind,
    #[schema(max_length = 255, example = "eu")]
    value: String,
}

/// Something counted; the same key is the same meter in all plans of the service.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MeterFeature {
    #[schema(example = "messages")]
    key: String,
    #[serde(rename = "kind")]
    #[schema(inline)]
    _kind: MeterKind,
    /// How much per period.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, example = 10_000)]
    limit: i64,
    #[schema(inline)]
    period: PeriodName,
    /// `hard`: never passed. `soft`: passed, and told.
    #[schema(inline)]
    limit_kind: LimitKindName,
    /// How much of what is left at a period's end is carried into the next, at most; nothing where nothing is said.
    #[schema(nullable = false, minimum = 0, maximum = 1_000_000_000_000_i64, example = 1_000)]
    rollover: Option<i64>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum BooleanKind {
    Boolean,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ValueKind {
    Value,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum MeterKind {
    Meter,
}

/// How often a quota begins anew.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PeriodName {
    Day,
    Month,
    Lifetime,
}

/// What happens at a quota.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum LimitKindName {
    Hard,
    Soft,
}

impl From<FeatureRequest> for Feature {
    fn from(feature: FeatureRequest) -> Self {
        match feature {
            FeatureRequest::Boolean(it) => Self { key: it.key, kind: FeatureKind::Boolean { value: it.value } },
            FeatureRequest::Value(it) => Self { key: it.key, kind: FeatureKind::Value { value: it.value } },
            FeatureRequest::Meter(it) => Self {
                key: it.key,
                kind: FeatureKind::Meter(Quota {
                    limit: it.limit,
                    period: it.period.into(),
                    limit_kind: it.limit_kind.into(),
                    rollover: it.rollover.unwrap_or_default(),
                }),
            },
        }
    }
}

impl From<PeriodName> for Period {
    fn from(name: PeriodName) -> Self {
        match name {
            PeriodName::Day => Self::Day,
            PeriodName::Month => Self::Month,
            PeriodName::Lifetime => Self::Lifetime,
        }
    }
}

impl From<LimitKindName> for LimitKind {
    fn from(name: LimitKindName) -> Self {
        match name {
            LimitKindName::Hard => Self::Hard,
            LimitKindName::Soft => Self::Soft,
        }
    }
}
