//! What a fresh database holds: seed 000's seven services, each with three plans.

use crate::model::{Feature, FeatureKind, LimitKind, Plan, Quota, Service, ServiceCode};
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
                retired_at: None,
                version: 0,
            })
        })
        .collect()
}

fn plan(key: &str, name: &str, meter: &str, limit: i64, limit_kind: LimitKind) -> Plan {
    let kind = FeatureKind::Meter(Quota { limit, period: Period::Month, limit_kind, rollover: 0 });
    let features = vec![Feature { key: meter.to_owned(), kind }];
    Plan { key: key.to_owned(), name: name.to_owned(), version: 1, features, retired_at: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_services_are_seed_000s_with_the_contracts_meters() {
        let expected = [
            ("PAYMENT_GATEWAY", "transactions"),
            ("SMS_GATEWAY", "messages"),
            ("LINK_SHORTENER", "links"),
            ("PBX_CALL_CENTER", "minutes"),
            ("HOSTING", "bandwidth_gb"),
            ("NATIONAL_ISP", "traffic_gb"),
            ("CERTIFICATION_BADGE", "badges"),
        ];
        let services = initial();
        let codes: Vec<_> = services.iter().map(|it| it.code.as_str()).collect();
        assert_eq!(codes, expected.map(|(code, _)| code));
        for (service, (code, meter)) in services.iter().zip(expected) {
            for plan in &service.plans {
                let features: Vec<_> = plan.features.iter().map(|it| it.key.as_str()).collect();
                assert_eq!(features, [meter], "{code} {}", plan.key);
            }
        }
    }

    #[test]
    fn each_has_three_plans_with_a_months_quota() {
        let quota =
            |limit, limit_kind| FeatureKind::Meter(Quota { limit, period: Period::Month, limit_kind, rollover: 0 });
        for service in initial() {
            let plans: Vec<_> = service.plans.into_iter().map(|mut it| (it.key, it.features.remove(0).kind)).collect();
            assert_eq!(
                plans,
                [
                    ("free".to_owned(), quota(100, LimitKind::Hard)),
                    ("standard".to_owned(), quota(10_000, LimitKind::Hard)),
                    ("premium".to_owned(), quota(1_000_000, LimitKind::Soft)),
                ],
                "{}",
                service.code
            );
        }
    }
}
