/// Every action the audit log can hold, domain by domain.
pub const ACTIONS: &[&[&str]] =
    &[identity::Action::ALL, tenancy::Action::ALL, rbac::Action::ALL, entitlements::Action::ALL, webhooks::Action::ALL];

/// Every event a webhook can be told of, domain by domain.
pub const EVENT_TYPES: &[&[&str]] = &[identity::Happening::ALL, tenancy::Happening::ALL, entitlements::Happening::ALL];

/// Every mail template, domain by domain.
pub const MAILS: &[&[&str]] = &[identity::MAILS, tenancy::MAILS];

/// [`EVENT_TYPES`] in one list, in order.
#[must_use]
pub fn event_types() -> Vec<&'static str> {
    let mut types = EVENT_TYPES.concat();
    types.sort_unstable();
    types
}
