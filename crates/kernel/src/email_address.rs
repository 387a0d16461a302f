use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A mail address as its owner wrote it, and the one form it is compared by.
///
/// ASCII only: look-alike letters and differently composed accents would make two accounts of one mailbox, or one of
/// two. Internationalised domains are taken in their `xn--` form.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// `None` unless it is `local@domain` by RFC 5321's dot-atom form, at most 254 characters, the domain of two labels
    /// or more. Space around it is not part of it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@')?;
        let good = text.len() <= 254 && local.len() <= 64 && local.split('.').all(is_atom) && is_domain(domain);
        good.then(|| Self(text.to_owned()))
    }

    /// An address that no mail can reach (RFC 2606, section 2), for an account that is nobody's any more. `fresh` keeps
    /// anybody from having it before.
    #[must_use]
    pub fn nobodys(fresh: Uuid) -> Self {
        Self(format!("{}@erased.invalid", fresh.simple()))
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Two addresses with one key are the same mailbox: without regard to case, everywhere.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_atom(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b))
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::EmailAddress;

    #[test]
    fn case_and_surrounding_space_make_no_second_address() {
        let one = EmailAddress::parse(" U1@X.Test ").unwrap();
        assert_eq!(one.as_str(), "U1@X.Test");
        assert_eq!(one.key(), EmailAddress::parse("u1@x.test").unwrap().key());
    }

    #[test]
    fn anything_a_mail_server_could_read_differently_is_refused() {
        for bad in [
            "",
            "u1",
            "u1@",
            "@x.test",
            "u1@x",
            "u1@x.test.",
            "u1@x..test",
            "u1@x.test,evil@y.test",
            "u1@x.test\r\nBcc: e@y.test",
            "\"evil@y.test\" <u1@x.test>",
            "ü1@x.test",
            "u1@ⓧ.test",
            ".u1@x.test",
            "u 1@x.test",
            "u1@-x.test",
        ] {
            assert!(EmailAddress::parse(bad).is_none(), "{bad}");
        }
    }
}
