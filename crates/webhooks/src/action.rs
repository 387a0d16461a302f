use kernel::{OrganizationId, Scope, Target, WebhookId};

/// What this domain records.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// An endpoint was made.
    EndpointCreated {
        /// Whose.
        organization: OrganizationId,
        /// Which.
        webhook: WebhookId,
    },
}

impl Action {
    /// Every code.
    pub const ALL: &'static [&'static str] = &["webhook.created"];
}

impl kernel::Action for Action {
    fn code(&self) -> &'static str {
        "webhook.created"
    }

    fn target(&self) -> Target {
        let Self::EndpointCreated { webhook, .. } = self;
        Target::new("webhook", webhook)
    }

    fn scope(&self) -> Scope {
        let Self::EndpointCreated { organization, .. } = self;
        Scope::Organization(*organization)
    }
}

#[cfg(test)]
mod tests {
    use kernel::Action as _;
    use kernel::testing::nth;

    use super::*;

    #[test]
    fn all_lists_every_code() {
        let every = [Action::EndpointCreated { organization: nth(1), webhook: nth(2) }];
        assert_eq!(every.map(|it| it.code()), Action::ALL);
    }
}
