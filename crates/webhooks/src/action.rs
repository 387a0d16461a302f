use kernel::{Detail, OrganizationId, Outcome, Scope, Target, WebhookId};

use crate::Reason;

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// An endpoint was made.
    Created,
    /// An endpoint was changed.
    Updated,
    /// An endpoint was to lead to this host, which is not public. One that was to be made has only the id it would have had.
    Refused(String),
    /// An endpoint was removed.
    Deleted,
    /// An endpoint is sent nothing any more, because it takes nothing.
    Disabled(Reason),
    /// An endpoint's deliveries are signed with a new secret.
    Rotated,
    /// An endpoint is sent a test.
    Tested,
    /// An endpoint is sent an event once more.
    Redelivered,
    /// An endpoint is sent the events of a span once more.
    Replayed,
}

/// What this domain records: a deed, and the endpoint it was done to.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Whose.
    pub organization: OrganizationId,
    /// Which.
    pub webhook: WebhookId,
    /// What.
    pub deed: Deed,
}

impl Action {
    /// Every code.
    pub const ALL: &'static [&'static str] = &[
        "webhook.created",
        "webhook.updated",
        "webhook.refused",
        "webhook.deleted",
        "webhook.disabled",
        "webhook.rotated",
        "webhook.tested",
        "webhook.redelivered",
        "webhook.replayed",
    ];
}

impl kernel::Action for Action {
    fn code(&self) -> &'static str {
        match &self.deed {
            Deed::Created => "webhook.created",
            Deed::Updated => "webhook.updated",
            Deed::Refused(_) => "webhook.refused",
            Deed::Deleted => "webhook.deleted",
            Deed::Disabled(_) => "webhook.disabled",
            Deed::Rotated => "webhook.rotated",
            Deed::Tested => "webhook.tested",
            Deed::Redelivered => "webhook.redelivered",
            Deed::Replayed => "webhook.replayed",
        }
    }

    fn target(&self) -> Target {
        Target::new("webhook", &self.webhook)
    }

    fn scope(&self) -> Scope {
        Scope::Organization(self.organization)
    }

    fn outcome(&self) -> Outcome {
        match self.deed {
            Deed::Refused(_) => Outcome::Refused("private_host"),
            _ => Outcome::Done,
        }
    }

    fn details(&self) -> Vec<Detail> {
        match &self.deed {
            Deed::Refused(host) => vec![Detail::public("host", host.as_str())],
            Deed::Disabled(reason) => vec![Detail::public("reason", reason.as_str())],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Action as _;
    use kernel::testing::nth;

    use super::*;

    #[test]
    fn all_lists_every_code() {
        let every = [
            Deed::Created,
            Deed::Updated,
            Deed::Refused("10.0.0.1".to_owned()),
            Deed::Deleted,
            Deed::Disabled(Reason::Gone),
            Deed::Rotated,
            Deed::Tested,
            Deed::Redelivered,
            Deed::Replayed,
        ];
        let every = every.map(|deed| Action { organization: nth(1), webhook: nth(2), deed });
        assert_eq!(every.map(|it| it.code()), Action::ALL);
    }
}
