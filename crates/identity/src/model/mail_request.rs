use kernel::{Detail, EmailAddress, MailRequestId, Recorded, Time};

/// Which mail anybody may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailRequestKind {
    /// A temporary password.
    TemporaryPassword,
    /// A new link that verifies the address.
    Verification,
}

impl MailRequestKind {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TemporaryPassword => "temporary_password",
            Self::Verification => "verification",
        }
    }

    /// `None` for any other.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::TemporaryPassword, Self::Verification].into_iter().find(|it| it.as_str() == text)
    }
}

/// Somebody's wish to be sent a mail. It is written the same way whether the address is anybody's or not, and looked at
/// afterwards, so that neither answer nor time tells who has an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRequest {
    /// Its id.
    pub id: MailRequestId,
    /// Which mail.
    pub kind: MailRequestKind,
    /// The address that was named.
    pub email: EmailAddress,
    /// When.
    pub asked_at: Time,
}

impl Recorded for MailRequest {
    fn record(&self) -> Vec<Detail> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::MailRequestKind;

    #[test]
    fn kinds_are_read_as_they_are_written() {
        for kind in [MailRequestKind::TemporaryPassword, MailRequestKind::Verification] {
            assert_eq!(MailRequestKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(MailRequestKind::parse("anything"), None);
    }
}
