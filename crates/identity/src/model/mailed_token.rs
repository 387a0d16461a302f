use kernel::{Detail, EmailAddress, Recorded, Time, TokenHash, UserId};

/// What a mailed token is good for; for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailedPurpose {
    /// Proves the address.
    VerifyEmail,
    /// A temporary password: sets a new password, together with the address.
    ResetPassword,
    /// Proves the address that is to be the new one.
    ChangeEmail,
    /// Takes a change of address back.
    UndoEmailChange,
    /// Takes a deletion back.
    RecoverAccount,
}

impl MailedPurpose {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::VerifyEmail, Self::ResetPassword, Self::ChangeEmail, Self::UndoEmailChange, Self::RecoverAccount];

    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
            Self::UndoEmailChange => "undo_email_change",
            Self::RecoverAccount => "recover_account",
        }
    }

    /// `None` for any other.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.as_str() == text)
    }
}

/// A single-use token sent to an address, as it is stored. Redeeming it is a statement of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailedToken {
    /// SHA-256 of the token.
    pub hash: TokenHash,
    /// What it is good for.
    pub purpose: MailedPurpose,
    /// Whose.
    pub user: UserId,
    /// The address it was sent to: the one it proves, or gives back.
    pub email: EmailAddress,
    /// When it was sent.
    pub issued_at: Time,
    /// Until when.
    pub expires_at: Time,
    /// How often it was tried, this time included; counted for a temporary password only.
    pub tries: u32,
}

impl MailedToken {
    /// How often a temporary password may be tried.
    pub const MOST_TRIES: u32 = 5;

    /// Of a user's tokens with one purpose and one slot the newest alone is good. Changes of address can each be taken
    /// back: otherwise a thief who changes it twice would take the first way back away.
    #[must_use]
    pub fn slot(&self) -> String {
        match self.purpose {
            MailedPurpose::UndoEmailChange => self.email.key(),
            _ => String::new(),
        }
    }
}

impl Recorded for MailedToken {
    fn record(&self) -> Vec<Detail> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, nth};

    use super::*;

    #[test]
    fn only_ways_back_have_a_slot_for_each_address() {
        let email = EmailAddress::parse("Old@Example.com").unwrap();
        let of = |purpose| MailedToken {
            hash: TokenHash::of("x"),
            purpose,
            user: nth(50),
            email: email.clone(),
            issued_at: NOON,
            expires_at: NOON,
            tries: 0,
        };
        for &purpose in MailedPurpose::ALL {
            let slot = if purpose == MailedPurpose::UndoEmailChange { "old@example.com" } else { "" };
            assert_eq!(of(purpose).slot(), slot, "{purpose:?}");
        }
    }

    #[test]
    fn purposes_are_read_as_they_are_written() {
        for &purpose in MailedPurpose::ALL {
            assert_eq!(MailedPurpose::parse(purpose.as_str()), Some(purpose));
        }
        assert_eq!(MailedPurpose::parse("anything"), None);
    }
}
