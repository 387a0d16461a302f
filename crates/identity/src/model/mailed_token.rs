use kernel::{Detail, EmailAddress, Recorded, Time, TokenHash, UserId};

/// What a mailed token is good for; for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailedPurpose {
    /// Proves the address.
    VerifyEmail,
}

impl MailedPurpose {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
        }
    }
}

/// A single-use token sent to an address, as it is stored. Claiming it is a statement of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailedToken {
    /// SHA-256 of the token.
    pub hash: TokenHash,
    /// What it is good for.
    pub purpose: MailedPurpose,
    /// Whose.
    pub user: UserId,
    /// The address it proves; worthless once the user has another.
    pub email: EmailAddress,
    /// Until when.
    pub expires_at: Time,
}

impl Recorded for MailedToken {
    fn record(&self) -> Vec<Detail> {
        Vec::new()
    }
}
