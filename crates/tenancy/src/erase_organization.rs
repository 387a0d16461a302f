//! What is left of a deleted organization in the end. It also takes what other domains hold of it, so the use case is in the
//! crate `accounts`.

use kernel::{Act, UnitOfWork, Write};

use crate::model::{Organization, OrganizationName};
use crate::{Action, Change};

/// What is left is an id that leads nowhere, and slugs that nobody else gets. The file of the logo is removed before, for
/// afterwards nobody knows it.
#[must_use]
pub fn erase(act: &Act, organization: &Organization) -> UnitOfWork<Change> {
    let next = Organization {
        name: OrganizationName::erased(),
        require_mfa: false,
        logo: None,
        erased_at: Some(act.at),
        ..organization.clone()
    };
    let mut unit =
        UnitOfWork::of(act, &Action::OrganizationErased(organization.id)).change(Change::Erase(organization.id));
    // Without its before and after: what it was called is said of it nowhere anew.
    unit.changes.push(Change::Organization(Write::Save { expected: organization.clone(), next }));
    unit
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, act, nth};
    use kernel::{FileName, Scope};

    use super::*;
    use crate::testing::acme;

    #[test]
    fn of_an_erased_organization_its_id_and_slug_are_left() {
        let logo = Some(FileName::fresh(&act(), "logos", "png"));
        let deleted = Organization { require_mfa: true, logo, deleted_at: Some(NOON), ..acme(nth(60)) };
        let unit = erase(&act(), &deleted);
        let name = OrganizationName::erased();
        let next = Organization { name, deleted_at: Some(NOON), erased_at: Some(NOON), ..acme(nth(60)) };
        assert_eq!(
            unit.changes,
            [Change::Erase(nth(60)), Change::Organization(Write::Save { expected: deleted, next })]
        );
        let [entry] = unit.evidence.audit.as_slice() else { panic!("{unit:?}") };
        assert_eq!((entry.action, entry.scope), ("organization.erased", Scope::Organization(nth(60))));
        assert_eq!((&entry.public, &entry.personal), (&vec![], &vec![]));
        assert_eq!((unit.evidence.mail.len(), unit.evidence.events.len()), (0, 0));
    }
}
