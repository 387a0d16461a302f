mod service;
mod subscription;

pub use service::{Feature, FeatureKind, LimitKind, Plan, Service, ServiceCode};
pub use subscription::{Status, Subscription};
