use kernel::{Permission, RoleKey, Time};

use super::{Holder, Reason, Snapshot, Verdict};
use crate::model::{Effect, Pattern};

/// Something that bears on an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// This was given or denied to the member directly; it comes before what roles hold.
    Grant {
        /// Which of both.
        effect: Effect,
        /// Until when; without end where absent.
        expires_at: Option<Time>,
    },
    /// This pattern of this role holds the permission; the role is the member's own or one it inherits.
    Role {
        /// The role.
        role: RoleKey,
        /// What of it.
        pattern: Pattern,
    },
    /// The membership does not count.
    Suspended,
    /// The key or token does not reach so far.
    Scopes,
}

/// An answer, with everything that bears on it, what decided first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The answer.
    pub verdict: Verdict,
    /// Why; empty where nothing at all gives the permission.
    pub because: Vec<Because>,
}

impl Snapshot {
    /// Why they may, or may not: which grant, which role by which of its permissions, and what is in the way.
    #[must_use]
    pub fn explain(&self, holder: Holder<'_>, permission: &Permission) -> Explanation {
        let verdict = self.check(holder, permission);
        let obstacle = match verdict.reason {
            Reason::MemberSuspended => Some(Because::Suspended),
            Reason::NotInScopes => Some(Because::Scopes),
            _ => None,
        };
        let mut because: Vec<Because> = obstacle.into_iter().collect();
        if let (Some(place), Some(bit)) = (self.members.place(holder.user), self.rules.vocabulary.bit(permission)) {
            let grant = self.members.grant(holder.user, bit, holder.at);
            because.extend(grant.map(|it| Because::Grant { effect: it.effect, expires_at: it.expires_at }));
            let reasons = self.rules.reasons(place.role, bit);
            because
                .extend(reasons.map(|(role, pattern)| Because::Role { role: self.rules.key(role).clone(), pattern }));
        }
        Explanation { verdict, because }
    }
}
