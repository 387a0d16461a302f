use std::sync::Arc;

use kernel::{FileName, Gallery, Shown, UserId};

use crate::Error;
use crate::ports::{Standings, Users};

/// Reads a user's avatar.
pub struct ReadAvatar {
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Who belongs where.
    pub standings: Arc<dyn Standings>,
    /// Where pictures are kept.
    pub gallery: Gallery,
}

impl ReadAvatar {
    /// As `asker` sees it: oneself and those one shares an organization with. Of all others, and where there is none, it is
    /// absent: nobody learns who exists.
    pub async fn run(
        &self,
        asker: UserId,
        user: UserId,
        is_known: impl Fn(&FileName) -> bool,
    ) -> Result<Option<Shown>, Error> {
        if asker != user && !self.standings.share_organization(asker, user).await? {
            return Ok(None);
        }
        let named = || async {
            let found = self.users.by_id(user).await?.filter(|it| it.deleted_at.is_none());
            Ok(found.and_then(|it| it.avatar))
        };
        self.gallery.show(named, is_known).await
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, act, nth};
    use kernel::{MockFileStore, MockPictures};

    use super::*;
    use crate::model::{User, UserStatus};
    use crate::ports::MockStandings;
    use crate::world::{World, john};

    fn avatar() -> FileName {
        FileName::fresh(&act(), "avatars", "png")
    }

    /// By whom, where only John's colleague, `nth(52)`, shares an organization with him.
    async fn read(asker: u64, found: User) -> Option<Shown> {
        let world = World::of(vec![Some(found)]);
        let mut standings = MockStandings::new();
        standings.expect_share_organization().returning(|asker, user| Ok((asker, user) == (nth(52), nth(50))));
        let mut files = MockFileStore::new();
        files.expect_get().withf(|it| *it == avatar()).returning(|_| Ok(Some(vec![1, 2])));
        let gallery = Gallery { pictures: Arc::new(MockPictures::new()), files: Arc::new(files) };
        let read = ReadAvatar { users: world.users(), standings: Arc::new(standings), gallery };
        read.run(nth(asker), nth(50), |_| false).await.unwrap()
    }

    #[tokio::test]
    async fn oneself_and_ones_colleagues_see_it_and_nobody_else() {
        let john_with = || User { avatar: Some(avatar()), ..john() };
        let shown = Some(Shown::Picture(avatar(), vec![1, 2]));
        assert_eq!(read(50, john_with()).await, shown);
        assert_eq!(read(52, john_with()).await, shown);
        assert_eq!(read(53, john_with()).await, None);
        assert_eq!(read(52, john()).await, None);
        let gone = User { status: UserStatus::Deleted, deleted_at: Some(NOON), ..john_with() };
        assert_eq!(read(52, gone).await, None);
    }
}
