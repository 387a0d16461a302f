//! What a fresh database holds: seed 000's seven services, each with three plans.

use crate::model::{Feature, FeatureKind, LimitKind, Plan, Service, ServiceCode};
use crate::period::Period;

/// Code, name, description and meter.
const SERVICES: &[(&str, &str, &str, &str)] = &[
    ("PAYMENT_GATEWAY", "Payment gateway", "Process online payments", "transactions"),
    ("SMS_GATEWAY", "SMS gateway", "Send SMS messages", "messages"),
    ("LINK_SHORTENER", "Link shortener", "Create and manage short links", "links"),
    ("PBX_CALL_CENTER", "PBX call center", "VoIP calling solutions", "minutes"),
    ("HOSTING", "Hosting", "Web hosting services", "bandwidth_gb"),
    ("NATIONAL_ISP", "National ISP", "Internet service provision", "traffic_gb"),
    ("CERTIFICATION_BADGE", "Certification badges", "Digital credential management", "badges"),
];

/// Key, name, a month's quota and what happens at it.
const PLANS: &[(&str, &str, i64, LimitKind)] = &[
    ("free", "Free", 100, LimitKind::Hard),
    ("standard", "Standard", 10_000, LimitKind::Hard),
    ("premium", "Premium", 1_000_000, LimitKind::Soft),
];

/// The services.
#[must_use]
pub fn initial() -> Vec<Service> {
    SERVICES
        .iter()
        .filter_map(|&(code, name, description, meter)| {
            Some(Service {
                code: ServiceCode::parse(code)?,
                name: name.to_owned(),
                description: description.to_owned(),
                plans: PLANS
                    .iter()
                    .map(|&(key, name, quota, limit_kind)| plan(key, name, meter, quota, limit_kind))
                    .collect(),
                version: 0,
            })
        })
        .collect()
}

fn plan(key: &str, name: &str, meter: &str, quota: i64, limit_kind: LimitKind) -> Plan {
    let kind = FeatureKind::Meter { quota, period: Period::Month, limit_kind };
    Plan { key: key.to_owned(), name: name.to_owned(), features: vec![Feature { key: meter.to_owned(), kind }] }
}
