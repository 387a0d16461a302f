use std::sync::Arc;

use kernel::{FileName, Gallery, OrganizationId, OrganizationRef, Shown};

use crate::Error;
use crate::ports::Organizations;

/// Reads an organization's logo.
pub struct ReadLogo {
    /// Which organizations there are.
    pub organizations: Arc<dyn Organizations>,
    /// Where pictures are kept.
    pub gallery: Gallery,
}

impl ReadLogo {
    /// Absent where the organization has none.
    pub async fn run(&self, id: OrganizationId, is_known: impl Fn(&FileName) -> bool) -> Result<Option<Shown>, Error> {
        let named = || async {
            let found = self.organizations.find(&OrganizationRef::Id(id)).await?;
            Ok(found.ok_or(Error::NotFound)?.logo)
        };
        self.gallery.show(named, is_known).await
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{act, nth};
    use kernel::{MockFileStore, MockPictures};

    use super::*;
    use crate::model::Organization;
    use crate::ports::MockOrganizations;
    use crate::testing::acme;

    async fn read(found: Option<Organization>) -> Result<Option<Shown>, Error> {
        let mut organizations = MockOrganizations::new();
        organizations.expect_find().withf(|it| *it == OrganizationRef::Id(nth(60))).return_once(|_| Ok(found));
        let mut files = MockFileStore::new();
        files.expect_get().returning(|_| Ok(Some(vec![1, 2])));
        let gallery = Gallery { pictures: Arc::new(MockPictures::new()), files: Arc::new(files) };
        ReadLogo { organizations: Arc::new(organizations), gallery }.run(nth(60), |_| false).await
    }

    #[tokio::test]
    async fn a_logo_is_read_where_there_is_one() {
        let logo = FileName::fresh(&act(), "logos", "png");
        let acme = || acme(nth(60));
        let shown = read(Some(Organization { logo: Some(logo.clone()), ..acme() })).await.unwrap();
        assert_eq!(shown, Some(Shown::Picture(logo, vec![1, 2])));
        assert_eq!(read(Some(acme())).await.unwrap(), None);
        assert!(matches!(read(None).await, Err(Error::NotFound)));
    }
}
