use actix_web::web::{Data, Json};
use entitlements::{FeatureKind, Service};
use kernel::{Cursor, Page, PageRequest};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::answer::List;
use crate::error::ApiError;
use crate::extract::{Asked, Identified, Listing};

/// Something organizations subscribe to.
#[derive(Serialize, ToSchema)]
pub(super) struct ServiceView {
    #[schema(example = "SMS_GATEWAY")]
    code: String,
    #[schema(example = "SMS gateway")]
    name: String,
    description: String,
    plans: Vec<PlanView>,
}

/// A level of a service.
#[derive(Serialize, ToSchema)]
pub(super) struct PlanView {
    #[schema(example = "standard")]
    key: String,
    name: String,
    features: Vec<FeatureView>,
}

/// One thing a plan gives.
#[derive(Serialize, ToSchema)]
pub(super) struct FeatureView {
    #[schema(example = "messages")]
    key: String,
    #[serde(flatten)]
    kind: FeatureKindView,
}

/// What a feature is.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum FeatureKindView {
    /// On or off.
    Boolean { value: bool },
    /// A setting.
    Value { value: String },
    /// Something counted.
    Meter {
        /// How much per period.
        limit: i64,
        /// `day`, `month` or `lifetime`.
        period: &'static str,
        /// `hard`: never passed. `soft`: passed, and told.
        limit_kind: &'static str,
    },
}

impl From<FeatureKind> for FeatureKindView {
    fn from(kind: FeatureKind) -> Self {
        match kind {
            FeatureKind::Boolean { value } => Self::Boolean { value },
            FeatureKind::Value { value } => Self::Value { value },
            FeatureKind::Meter { quota, period, limit_kind } => {
                Self::Meter { limit: quota, period: period.as_str(), limit_kind: limit_kind.as_str() }
            }
        }
    }
}

impl From<Service> for ServiceView {
    fn from(service: Service) -> Self {
        let plans = service.plans.into_iter().map(|plan| PlanView {
            key: plan.key,
            name: plan.name,
            features: plan.features.into_iter().map(|it| FeatureView { key: it.key, kind: it.kind.into() }).collect(),
        });
        Self {
            code: service.code.to_string(),
            name: service.name,
            description: service.description,
            plans: plans.collect(),
        }
    }
}

/// What can be subscribed to
#[utoipa::path(get, path = "/services", tag = "services", responses(
    (status = 200, description = "The services with their plans.", body = List<ServiceView>),
))]
pub(super) async fn list_services(
    door: Identified,
    app: Data<App>,
    listing: Listing,
) -> Result<Json<List<ServiceView>>, ApiError> {
    let Asked { page: PageRequest { limit, after }, cursors, .. } = listing.by(&door.act)?;
    let services = app.catalogue.services().await?;
    // The whole catalogue is read at once; a cursor is the code of the last service told.
    let told = after.and_then(|after| services.iter().position(|it| it.code.as_str() == after.0));
    let rest = services.into_iter().skip(told.map_or(0, |it| it + 1)).collect();
    let page = Page::from_one_more(rest, limit, |last| Cursor(last.code.to_string()));
    Ok(Json(List::of(page, &cursors, ServiceView::from)))
}
