/// What happens to ways to prove who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialDeed {
    /// Codes of the moment were set up and wait to be confirmed.
    MfaSetUp,
    /// They are asked for from now on.
    MfaEnabled,
    /// They are asked for no more.
    MfaDisabled,
    /// New recovery codes took the place of the old.
    RecoveryCodesReplaced,
    /// One of them was used.
    RecoveryCodeUsed,
    /// Too many wrong codes in a row: none is looked at for a while.
    CodesBlocked,
    /// A passkey was made.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// An account at a provider was linked.
    IdentityLinked,
    /// An account at a provider was unlinked.
    IdentityUnlinked,
}

impl CredentialDeed {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::MfaSetUp => "mfa.set_up",
            Self::MfaEnabled => "mfa.enabled",
            Self::MfaDisabled => "mfa.disabled",
            Self::RecoveryCodesReplaced => "mfa.recovery_codes_replaced",
            Self::RecoveryCodeUsed => "mfa.recovery_code_used",
            Self::CodesBlocked => "mfa.blocked",
            Self::PasskeyAdded => "passkey.added",
            Self::PasskeyRemoved => "passkey.removed",
            Self::IdentityLinked => "identity.linked",
            Self::IdentityUnlinked => "identity.unlinked",
        }
    }
}

/// What happens to keys and tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyDeed {
    /// It was made.
    Created,
    /// It was replaced by another.
    Rotated,
    /// It is worth nothing any more.
    Revoked,
}

/// What happens to sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionDeed {
    /// It began.
    Started,
    /// It got new tokens.
    Refreshed,
    /// It was told its new tokens again.
    RefreshRepeated,
    /// A factor was given anew in it.
    SteppedUp,
    /// It was bound to another organization.
    OrganizationSwitched,
    /// It was ended.
    Ended,
    /// A used refresh token of it came again: it was ended, for it may be stolen.
    RefreshReused,
    /// A refresh token of it came again while another call had just used it.
    RefreshLost,
}

impl SessionDeed {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Started => "session.started",
            Self::Refreshed => "session.refreshed",
            Self::RefreshRepeated => "session.refresh_repeated",
            Self::SteppedUp => "session.stepped_up",
            Self::OrganizationSwitched => "session.organization_switched",
            Self::Ended => "session.ended",
            Self::RefreshReused => "session.refresh_reused",
            Self::RefreshLost => "session.refresh_lost",
        }
    }
}
