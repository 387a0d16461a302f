use kernel::{Detail, OrganizationId, Outcome, Permission, Scope, Target};

/// What this domain records.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Somebody tried what they may not.
    Denied {
        /// Where; absent where it concerns the whole installation.
        organization: Option<OrganizationId>,
        /// What was needed.
        permission: Permission,
        /// How many equal attempts the entry stands for.
        times: u32,
    },
}

impl Action {
    /// Every code.
    pub const ALL: &'static [&'static str] = &["access.denied"];
}

impl kernel::Action for Action {
    fn code(&self) -> &'static str {
        "access.denied"
    }

    fn target(&self) -> Target {
        let Self::Denied { permission, .. } = self;
        Target::new("permission", permission)
    }

    fn scope(&self) -> Scope {
        let Self::Denied { organization, .. } = self;
        organization.map_or(Scope::Installation, Scope::Organization)
    }

    fn outcome(&self) -> Outcome {
        Outcome::Refused("permission_denied")
    }

    fn details(&self) -> Vec<Detail> {
        let Self::Denied { times, .. } = self;
        vec![Detail::public("times", *times)]
    }
}

#[cfg(test)]
mod tests {
    use kernel::Action as _;
    use kernel::testing::nth;

    use super::*;
    use crate::system;

    #[test]
    fn all_lists_every_code() {
        let every = [Action::Denied { organization: Some(nth(1)), permission: system::TEAM_VIEW, times: 1 }];
        assert_eq!(every.map(|it| it.code()), Action::ALL);
    }
}
