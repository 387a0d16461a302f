use kernel::{Detail, EmailAddress, InvitationId, KeyId, OrganizationId, Recorded, RoleKey, Time, TokenHash, UserId};

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationStatus {
    /// Waiting; worthless once it has expired.
    Pending,
    /// Used, once.
    Accepted,
    /// Taken back.
    Cancelled,
}

impl InvitationStatus {
    /// As stored and told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Cancelled => "cancelled",
        }
    }
}

/// An offer to join an organization: for one address, one role, one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// To join what.
    pub organization: OrganizationId,
    /// Whom.
    pub email: EmailAddress,
    /// As what.
    pub role: RoleKey,
    /// SHA-256 of the mailed token.
    pub token: TokenHash,
    /// Who invites; their rights are looked at again when it is accepted.
    pub invited_by: UserId,
    /// By which key or token, where by one: an invitation is worth nothing once that is revoked.
    pub key: Option<KeyId>,
    /// What became of it.
    pub status: InvitationStatus,
    /// When it was made.
    pub created_at: Time,
    /// Until when it may be accepted.
    pub expires_at: Time,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl Invitation {
    /// Whether it can be accepted.
    #[must_use]
    pub fn is_open(&self, at: Time) -> bool {
        self.status == InvitationStatus::Pending && at < self.expires_at
    }
}

impl Recorded for Invitation {
    fn record(&self) -> Vec<Detail> {
        vec![
            Detail::personal(None, "email", self.email.as_str()),
            Detail::public("role", self.role.as_str()),
            Detail::public("status", self.status.as_str()),
            Detail::public("expires_at", kernel::rfc3339(self.expires_at)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use kernel::testing::{NOON, act, nth};

    use super::*;
    use crate::testing::invitation;

    #[test]
    fn an_invitation_is_open_while_it_waits_and_has_not_expired() {
        let pending = invitation(nth(1), nth(2), nth(3), &act().token());
        let end = NOON + TimeDelta::days(7);
        assert!(pending.is_open(NOON));
        assert!(pending.is_open(end - TimeDelta::microseconds(1)));
        assert!(!pending.is_open(end));
        for status in [InvitationStatus::Accepted, InvitationStatus::Cancelled] {
            assert!(!Invitation { status, ..pending.clone() }.is_open(NOON));
        }
    }

    #[test]
    fn its_token_is_not_recorded_and_its_address_is_personal() {
        let record = invitation(nth(1), nth(2), nth(3), &act().token()).record();
        let keys: Vec<_> = record.iter().map(|it| (it.key.as_ref(), it.personal.is_some())).collect();
        assert_eq!(keys, [("email", true), ("role", false), ("status", false), ("expires_at", false)]);
    }
}
