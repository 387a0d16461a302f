use kernel::Taken;

/// Which field a unique constraint speaks for. A constraint that is not here is broken by us, not by anybody's input.
const FIELDS: &[(&str, &str)] = &[
    ("users_email", "email"),
    ("users_username", "username"),
    ("organizations_slug", "slug"),
    ("members_once", "member"),
    ("invitations_pending", "invitation"),
    ("services_code", "service"),
    ("subscriptions_living", "subscription"),
    ("signing_keys_endless", "signing_key"),
    ("passkeys_credential", "passkey"),
    ("provider_identities_subject", "identity"),
    ("provider_identities_once", "identity"),
    ("roles_key", "role"),
    ("permissions_key", "permission"),
    ("grants_once", "grant"),
];

pub(crate) fn taken(constraint: &str) -> Option<Taken> {
    FIELDS.iter().find(|(name, _)| *name == constraint).map(|(_, field)| Taken(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name changed in a migration and not here would make a 500 of somebody's 409.
    #[test]
    fn every_constraint_of_the_table_is_in_the_migrations() {
        let migrations = concat!(
            include_str!("../../../migrations/0001_identity/up.sql"),
            include_str!("../../../migrations/0002_tenancy/up.sql"),
            include_str!("../../../migrations/0003_entitlements/up.sql"),
            include_str!("../../../migrations/0008_identity_in_full/up.sql"),
            include_str!("../../../migrations/0009_second_factors_and_keys/up.sql"),
            include_str!("../../../migrations/0010_roles_and_grants/up.sql"),
        );
        for (name, _) in FIELDS {
            let made = migrations.contains(&format!("CONSTRAINT {name} "))
                || migrations.contains(&format!("CREATE UNIQUE INDEX {name} "));
            assert!(made, "{name}");
        }
    }

    #[test]
    fn an_unknown_constraint_is_nobodys_field() {
        assert_eq!(taken("users_email"), Some(Taken("email")));
        assert_eq!(taken("audit_entries_pkey"), None);
    }
}
