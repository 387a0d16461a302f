/// Every action the audit log can hold, domain by domain.
pub const ACTIONS: &[&[&str]] = &[
    identity::Action::ALL,
    tenancy::Action::ALL,
    rbac::Action::ALL,
    entitlements::Action::ALL,
    audit::Action::ALL,
    webhooks::Action::ALL,
];

/// Every event a webhook can be told of, domain by domain.
pub const EVENT_TYPES: &[&[&str]] = &[
    identity::Happening::ALL,
    tenancy::Happening::ALL,
    rbac::Happening::ALL,
    entitlements::Happening::ALL,
    webhooks::Happening::ALL,
];

/// Every mail template, domain by domain.
pub const MAILS: &[&[&str]] = &[identity::MAILS, tenancy::MAILS, webhooks::MAILS];

/// Every event type an endpoint may ask for, in order.
#[must_use]
pub fn event_types() -> Vec<&'static str> {
    let mut types = EVENT_TYPES.concat();
    types.sort_unstable();
    types
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use kernel::Permission;

    use super::*;

    /// The contract's events (section 7): seed 000's eleven, and those it adds.
    const CONTRACT: &[&str] = &[
        "user.created",
        "user.updated",
        "user.deleted",
        "organization.created",
        "organization.updated",
        "role.assigned",
        "role.removed",
        "permission.granted",
        "permission.revoked",
        "entitlement.activated",
        "entitlement.suspended",
        "organization.deleted",
        "user.locked",
        "member.added",
        "member.removed",
        "member.suspended",
        "member.reactivated",
        "invitation.created",
        "entitlement.changed",
        "entitlement.cancelled",
        "entitlement.threshold_reached",
        "api_key.created",
        "api_key.revoked",
        "webhook.disabled",
    ];

    #[test]
    fn no_word_has_two_meanings() {
        for list in [ACTIONS, EVENT_TYPES, MAILS] {
            let all = list.concat();
            assert!(!all.is_empty());
            assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len(), "{all:?}");
        }
    }

    #[test]
    fn an_action_that_is_called_as_an_event_is_its_own_domains() {
        let domains = [
            (identity::Action::ALL, identity::Happening::ALL),
            (tenancy::Action::ALL, tenancy::Happening::ALL),
            (rbac::Action::ALL, rbac::Happening::ALL),
            (entitlements::Action::ALL, entitlements::Happening::ALL),
            (audit::Action::ALL, &[]),
            (webhooks::Action::ALL, webhooks::Happening::ALL),
        ];
        assert_eq!(ACTIONS, domains.map(|(actions, _)| actions));
        for (actions, events) in domains {
            for action in actions {
                assert!(!event_types().contains(action) || events.contains(action), "{action}");
            }
        }
    }

    #[test]
    fn every_word_is_a_resource_and_an_action() {
        for word in [ACTIONS.concat(), event_types()].concat() {
            assert_eq!(Permission::parse(word).map(|_| word.matches('.').count()), Some(1), "{word}");
        }
    }

    #[test]
    fn every_event_is_the_contracts() {
        for event in event_types() {
            assert!(CONTRACT.contains(&event), "{event}");
        }
        assert!(event_types().is_sorted());
        assert_eq!(event_types().len(), CONTRACT.len(), "each once, and all of them");
    }
}
