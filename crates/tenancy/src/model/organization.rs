use kernel::{Detail, FileName, OrganizationId, Recorded, Slug, Time, display_name};
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
    /// What one is called that is gone for good.
    #[must_use]
    pub fn erased() -> Self {
        Self("Erased organization".to_owned())
    }

    /// `None` where the form is not met.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        display_name(text).map(|it| Self(it.to_owned()))
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The slug, or what is wrong with it.
pub fn check_slug(text: &str) -> Result<Slug, &'static str> {
    let slug = Slug::parse(text)
        .ok_or("The slug field must be 3 to 63 characters, only lower case letters, digits and hyphens, no hyphen at either end; it must not read as an id.")?;
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
    /// Whether its members must prove who they are by more than one factor.
    pub require_mfa: bool,
    /// The file of its logo, where it has one.
    pub logo: Option<FileName>,
    /// When it was founded.
    pub created_at: Time,
    /// When it was deleted; absent while it lives.
    pub deleted_at: Option<Time>,
    /// When all that was in it was removed; then nothing brings it back.
    pub erased_at: Option<Time>,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl Recorded for Organization {
    fn record(&self) -> Vec<Detail> {
        vec![
            Detail::public("name", self.name.as_str()),
            Detail::public("slug", self.slug.as_str()),
            Detail::public("require_mfa", self.require_mfa),
            Detail::public("logo", self.logo.as_ref().map(FileName::as_str)),
            Detail::public("deleted", self.deleted_at.is_some()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_1_to_100_characters_without_space_around() {
        for (text, name) in
            [("Acme", "Acme"), ("  Acme Honey\t", "Acme Honey"), ("Café 株式会社 🐝", "Café 株式会社 🐝")]
        {
            assert_eq!(OrganizationName::parse(text).unwrap().as_str(), name);
        }
        assert!(OrganizationName::parse(&"ü".repeat(100)).is_some());
        for bad in ["", "  ", &"ü".repeat(101)] {
            assert!(OrganizationName::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_an_erased_one_is_called_is_a_name() {
        let erased = OrganizationName::erased();
        assert_eq!(OrganizationName::parse(erased.as_str()), Some(erased));
    }

    #[test]
    fn a_name_hides_nothing() {
        for bad in ["Ac\nme", "Ac\0me", "Ac\u{200b}me", "Ac\u{202e}me", "Ac\u{2028}me", "Ac\u{feff}me", "Ac\u{e0041}me"]
        {
            assert!(OrganizationName::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_slug_has_its_form_and_names_no_part_of_portcullis() {
        assert_eq!(check_slug("acme-2").unwrap().as_str(), "acme-2");
        for bad in ["", "ac", "Acme", "acme_2", "-acme", "acme-", "acme.com", &"a".repeat(64)] {
            assert!(check_slug(bad).unwrap_err().starts_with("The slug field must be 3 to 63"), "{bad}");
        }
        for reserved in ["admin", "api", "portcullis", "well-known", "www"] {
            assert_eq!(check_slug(reserved), Err("This slug is reserved."));
        }
    }

    #[test]
    fn every_reserved_slug_could_be_one() {
        for reserved in RESERVED {
            assert!(Slug::parse(reserved).is_some(), "{reserved} needs no reservation");
        }
        assert!(RESERVED.is_sorted());
    }
}
