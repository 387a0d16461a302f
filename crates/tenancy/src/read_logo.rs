use std::sync::Arc;

use kernel::{Fault, FileName, FileStore, OrganizationId, OrganizationRef};

use crate::Error;
use crate::ports::Organizations;

/// Reads an organization's logo.
pub struct ReadLogo {
    /// Which organizations there are.
    pub organizations: Arc<dyn Organizations>,
    /// Where the picture is kept.
    pub files: Arc<dyn FileStore>,
}

/// A logo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Logo {
    /// The one that whoever asks has already.
    Known(FileName),
    /// The file and what is in it.
    Picture(FileName, Vec<u8>),
}

impl ReadLogo {
    /// How often another logo may take its place while it is read.
    const PATIENCE: usize = 5;

    /// Absent where the organization has none.
    pub async fn run(&self, id: OrganizationId, is_known: impl Fn(&FileName) -> bool) -> Result<Option<Logo>, Error> {
        for _ in 0..Self::PATIENCE {
            let found = self.organizations.find(&OrganizationRef::Id(id)).await?;
            let Some(file) = found.ok_or(Error::NotFound)?.logo else { return Ok(None) };
            if is_known(&file) {
                return Ok(Some(Logo::Known(file)));
            }
            if let Some(bytes) = self.files.get(&file).await? {
                return Ok(Some(Logo::Picture(file, bytes)));
            }
            // Replaced or removed since its name was read.
        }
        Err(Fault::defect(format!("the file of a logo is missing, or it changes without end: {id}")).into())
    }
}

#[cfg(test)]
mod tests {
    use kernel::MockFileStore;
    use kernel::testing::{act, nth};

    use super::*;
    use crate::model::Organization;
    use crate::ports::MockOrganizations;
    use crate::testing::acme;

    /// Where the logos are these, one after the other, and only `there` has a file.
    fn reading(mut logos: Vec<Option<FileName>>, there: &FileName) -> ReadLogo {
        let mut organizations = MockOrganizations::new();
        organizations.expect_find().returning(move |_| {
            let logo = if logos.len() > 1 { logos.remove(0) } else { logos[0].clone() };
            Ok(Some(Organization { logo, ..acme(nth(60)) }))
        });
        let mut files = MockFileStore::new();
        let there = there.clone();
        files.expect_get().returning(move |it| Ok((*it == there).then(|| vec![1, 2])));
        ReadLogo { organizations: Arc::new(organizations), files: Arc::new(files) }
    }

    fn two() -> [FileName; 2] {
        let act = act();
        [FileName::fresh(&act, "logos", "png"), FileName::fresh(&act, "logos", "jpg")]
    }

    #[tokio::test]
    async fn what_is_known_is_not_read() {
        let [one, other] = two();
        let is_one = |it: &FileName| it.ending() == "png";
        let logo = reading(vec![Some(one.clone())], &one).run(nth(60), is_one).await.unwrap();
        assert_eq!(logo, Some(Logo::Known(one)));
        let logo = reading(vec![Some(other.clone())], &other).run(nth(60), is_one).await.unwrap();
        assert_eq!(logo, Some(Logo::Picture(other.clone(), vec![1, 2])));
        assert_eq!(reading(vec![None], &other).run(nth(60), is_one).await.unwrap(), None);
    }

    #[tokio::test]
    async fn one_that_is_replaced_meanwhile_is_read_anew() {
        let [before, after] = two();
        let logo = reading(vec![Some(before.clone()), Some(after.clone())], &after).run(nth(60), |_| false).await;
        assert_eq!(logo.unwrap(), Some(Logo::Picture(after.clone(), vec![1, 2])));
        assert_eq!(reading(vec![Some(before.clone()), None], &after).run(nth(60), |_| false).await.unwrap(), None);
        let dangling = reading(vec![Some(before)], &after).run(nth(60), |_| false).await;
        assert!(matches!(dangling, Err(Error::Fault(Fault::Failed(_)))), "{dangling:?}");
    }
}
