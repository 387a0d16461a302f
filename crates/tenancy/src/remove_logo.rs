use std::sync::Arc;

use kernel::{Act, Decided, Gallery, OrganizationId, OrganizationRef, Store, carry_out};

use crate::ports::{Authority, Organizations};
use crate::set_logo::decide;
use crate::update_organization::ORGANIZATION_UPDATE;
use crate::{Change, Error};

/// Takes an organization's logo away.
pub struct RemoveLogo {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which organizations there are.
    pub organizations: Arc<dyn Organizations>,
    /// Who may do what.
    pub authority: Arc<dyn Authority>,
    /// Where pictures are kept.
    pub gallery: Gallery,
}

impl RemoveLogo {
    /// The name first, then its file: what stops this in between leaves a file that nobody names. Where there is no logo
    /// nothing is written.
    pub async fn run(&self, act: &Act, id: OrganizationId) -> Result<(), Error> {
        let committed: Result<_, Error> = carry_out(self.store.as_ref(), act, || async {
            let found = self.organizations.find(&OrganizationRef::Id(id)).await?;
            let organization = found.ok_or(Error::NotFound)?;
            if organization.logo.is_none() {
                return Ok(Decided::Nothing(None));
            }
            let guard = self.authority.require(id, act, &ORGANIZATION_UPDATE).await?;
            let (unit, before) = decide(act, organization, None);
            Ok(Decided::Done(unit.expect(guard), before))
        })
        .await;
        self.gallery.discard(committed?).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{Units, act, nth};
    use kernel::{Fault, FileName, MockFileStore, MockPictures, RoleKey, Write};

    use super::*;
    use crate::model::Organization;
    use crate::ports::MockOrganizations;
    use crate::testing::acme;
    use crate::world::{World, guard, place};

    fn with_logo() -> Organization {
        Organization { logo: Some(FileName::fresh(&act(), "logos", "png")), ..acme(nth(60)) }
    }

    async fn remove(
        store: &Arc<Units<Change>>,
        files: MockFileStore,
        found: Option<Organization>,
    ) -> Result<(), Error> {
        let mut organizations = MockOrganizations::new();
        organizations.expect_find().returning(move |_| Ok(found.clone()));
        let store = Arc::<Units<Change>>::clone(store);
        let authority = World::of(place(RoleKey::OWNER, 0)).authority();
        let organizations = Arc::new(organizations);
        let gallery = Gallery { pictures: Arc::new(MockPictures::new()), files: Arc::new(files) };
        RemoveLogo { store, organizations, authority, gallery }.run(&act(), nth(60)).await
    }

    #[tokio::test]
    async fn the_name_goes_and_then_the_file() {
        let store = Arc::default();
        let mut files = MockFileStore::new();
        let before = with_logo().logo.unwrap();
        // It costs its room where it stays.
        files.expect_remove().withf(move |it| *it == before).times(1).returning(|_| Err(Fault::Contended));
        remove(&store, files, Some(with_logo())).await.unwrap();
        let save = Change::Organization(Write::Save { expected: with_logo(), next: acme(nth(60)) });
        let unit = store.only();
        assert_eq!((unit.changes, unit.guards), (vec![save], vec![guard()]));
    }

    #[tokio::test]
    async fn what_is_not_there_is_not_removed() {
        let store = Arc::default();
        remove(&store, MockFileStore::new(), Some(acme(nth(60)))).await.unwrap();
        assert!(matches!(remove(&store, MockFileStore::new(), None).await, Err(Error::NotFound)));
        assert_eq!(store.all(), []);
    }
}
