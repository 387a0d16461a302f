use kernel::Secret;

use super::{BadConfig, bad};

/// Who administers the installation from its first start on.
#[derive(Clone, Debug)]
pub struct Administrator {
    /// The address.
    pub email: String,
    /// The password.
    pub password: Secret,
}

impl Administrator {
    /// A name that an address suggests.
    #[must_use]
    pub fn username(email: &str) -> String {
        let local = email.split('@').next().unwrap_or_default();
        let name: String = local.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(50).collect();
        if name.len() < 3 { format!("{name}_admin") } else { name }
    }
}

/// Both or none.
pub fn administrator(email: Option<String>, password: Option<Secret>) -> Result<Option<Administrator>, BadConfig> {
    match (email, password) {
        (None, None) => Ok(None),
        (Some(email), Some(password)) => Ok(Some(Administrator { email, password })),
        (None, Some(_)) => Err(bad("PORTCULLIS_ADMIN_EMAIL", "is required with PORTCULLIS_ADMIN_PASSWORD")),
        (Some(_), None) => Err(bad("PORTCULLIS_ADMIN_PASSWORD", "is required with PORTCULLIS_ADMIN_EMAIL")),
    }
}
