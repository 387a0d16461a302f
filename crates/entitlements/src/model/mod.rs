mod alteration;
mod plan;
mod quota_grant;
mod reservation;
mod service;
mod subscription;

pub use alteration::Alteration;
pub use plan::{Feature, FeatureKind, LimitKind, Plan, Quota};
pub use quota_grant::QuotaGrant;
pub use reservation::{Reservation, ReservationStatus};
pub use service::{Service, ServiceCode};
pub use subscription::{Blocks, Status, Subscription, Suspension, SuspensionReason, When};
