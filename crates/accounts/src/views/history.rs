use async_trait::async_trait;
use audit::Entry;
use kernel::{Fault, OrganizationId, Time};

/// How an organization came to be what it is, as the audit log tells.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait History: Send + Sync {
    /// Its entries up to a moment that decided who may do what, the oldest first; `None` where retention has dropped some.
    async fn decisive(&self, organization: OrganizationId, until: Time) -> Result<Option<Vec<Entry>>, Fault>;

    /// How much went on in it from a moment up to another.
    async fn counts(&self, organization: OrganizationId, from: Time, to: Time) -> Result<Counts, Fault>;
}

/// How many entries there are, counted in several ways.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// By what was done, or why it was refused; by name.
    pub actions: Vec<ActionCount>,
    /// By who did it, the busiest first.
    pub actors: Vec<ActorCount>,
    /// By the day, in UTC: its beginning, and how many.
    pub days: Vec<(Time, u64)>,
}

/// Of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionCount {
    /// What was done.
    pub action: String,
    /// Why it was refused; absent where it was done.
    pub refused: Option<String>,
    /// How many.
    pub entries: u64,
}

/// Of one actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorCount {
    /// `user`, `token`, `key`, `system` or `nobody`.
    pub kind: String,
    /// Which; absent for the system and nobody.
    pub id: Option<String>,
    /// How many.
    pub entries: u64,
}

impl Counts {
    /// What these actions say of who tried, and of who can get in. Whatever was refused does too.
    const SECURITY: [&'static str; 9] =
        ["mfa.", "passkey.", "identity.", "oidc.", "api_key.", "personal_token.", "role.", "permission.", "audit."];
    const SECURITY_TOO: [&'static str; 12] = [
        "member.added",
        "member.removed",
        "member.suspended",
        "member.reactivated",
        "organization.updated",
        "session.login_failed",
        "session.refresh_reused",
        "session.refresh_repeated",
        "user.locked",
        "user.unlocked",
        "user.password_changed",
        "user.password_reset",
    ];

    /// How many in all.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.actions.iter().map(|it| it.entries).sum()
    }

    /// Those that concern security.
    pub fn of_security(&self) -> impl Iterator<Item = &ActionCount> {
        self.actions.iter().filter(|it| {
            let action = it.action.as_str();
            it.refused.is_some()
                || Self::SECURITY_TOO.contains(&action)
                || Self::SECURITY.iter().any(|resource| action.starts_with(resource))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_refused_and_what_opens_doors_concerns_security() {
        let count = |action: &str, refused: Option<&str>| ActionCount {
            action: action.to_owned(),
            refused: refused.map(str::to_owned),
            entries: 2,
        };
        let counts = Counts {
            actions: vec![
                count("entitlement.consumed", None),
                count("entitlement.consumed", Some("quota")),
                count("mfa.enabled", None),
                count("user.locked", None),
                count("user.updated", None),
            ],
            ..Counts::default()
        };
        assert_eq!(counts.entries(), 10);
        let told: Vec<&str> = counts.of_security().map(|it| it.action.as_str()).collect();
        assert_eq!(told, ["entitlement.consumed", "mfa.enabled", "user.locked"]);
    }

    #[test]
    fn every_word_is_one_of_the_logs() {
        let all = crate::ACTIONS.concat();
        for action in Counts::SECURITY_TOO.iter().chain(crate::replay::DECISIVE) {
            assert!(all.contains(action), "{action}");
        }
        for resource in Counts::SECURITY {
            assert!(all.iter().any(|it| it.starts_with(resource)), "{resource}");
        }
    }
}
