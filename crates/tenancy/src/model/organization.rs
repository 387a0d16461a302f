use kernel::{Detail, OrganizationId, Recorded, Slug, Time};
use serde::{Deserialize, Serialize};

/// Names that could be taken for a part of Portcullis itself.
const RESERVED: &[&str] = &[
    "about",
    "account",
    "accounts",
    "admin",
    "api",
    "app",
    "auth",
    "billing",
    "docs",
    "health",
    "help",
    "livez",
    "login",
    "logout",
    "mail",
    "metrics",
    "openapi",
    "organizations",
    "portcullis",
    "readyz",
    "root",
    "security",
    "settings",
    "signin",
    "signup",
    "static",
    "status",
    "support",
    "system",
    "team",
    "tenants",
    "webhooks",
    "well-known",
    "www",
];

/// What people call an organization: 1 to 100 characters, no control characters, no space around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrganizationName(String);

impl OrganizationName {
    /// `None` where the form is not met.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let good = (1..=100).contains(&text.chars().count()) && !text.chars().any(is_invisible);
        good.then(|| Self(text.to_owned()))
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters, and those that turn or hide text: they would make one name look like another.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The slug, or what is wrong with it.
pub fn check_slug(text: &str) -> Result<Slug, &'static str> {
    let slug = Slug::parse(text)
        .ok_or("The slug field must be 3 to 63 characters, only lower case letters, digits and hyphens, no hyphen at either end.")?;
    if RESERVED.contains(&slug.as_str()) { Err("This slug is reserved.") } else { Ok(slug) }
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// What people call it.
    pub name: OrganizationName,
    /// Its name in addresses and in `X-Tenant`; unique.
    pub slug: Slug,
    /// When it was founded.
    pub created_at: Time,
    /// When it was deleted; absent while it lives.
    pub deleted_at: Option<Time>,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl Recorded for Organization {
    fn record(&self) -> Vec<Detail> {
        vec![
            Detail::public("name", self.name.as_str()),
            Detail::public("slug", self.slug.as_str()),
            Detail::public("deleted", self.deleted_at.is_some()),
        ]
    }
}
