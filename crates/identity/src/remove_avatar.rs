use std::sync::Arc;

use kernel::{Act, Decided, Gallery, Store, UserId, carry_out};

use crate::model::UserStatus;
use crate::ports::Users;
use crate::set_avatar::decide;
use crate::{Change, Error};

/// Takes a user's avatar away.
pub struct RemoveAvatar {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Where pictures are kept.
    pub gallery: Gallery,
}

impl RemoveAvatar {
    /// The name first, then its file. Where there is no avatar nothing is written.
    pub async fn run(&self, act: &Act, user: UserId) -> Result<(), Error> {
        let committed: Result<_, Error> = carry_out(self.store.as_ref(), act, || async {
            let found = self.users.by_id(user).await?.filter(|it| it.status == UserStatus::Active);
            let user = found.ok_or(Error::TokenInvalid)?;
            if user.avatar.is_none() {
                return Ok(Decided::Nothing(None));
            }
            let (unit, before) = decide(act, user, None);
            Ok(Decided::Done(unit, before))
        })
        .await;
        self.gallery.discard(committed?).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{act, nth};
    use kernel::{Fault, FileName, MockFileStore, MockPictures, Write};

    use super::*;
    use crate::model::User;
    use crate::world::{World, john};

    async fn remove(world: &World, files: MockFileStore) -> Result<(), Error> {
        let gallery = Gallery { pictures: Arc::new(MockPictures::new()), files: Arc::new(files) };
        RemoveAvatar { store: world.store(), users: world.users(), gallery }.run(&act(), nth(50)).await
    }

    #[tokio::test]
    async fn the_name_goes_and_then_the_file() {
        let avatar = FileName::fresh(&act(), "avatars", "png");
        let before = User { avatar: Some(avatar.clone()), ..john() };
        let world = World::of(vec![Some(before.clone())]);
        let mut files = MockFileStore::new();
        // It costs its room where it stays.
        files.expect_remove().withf(move |it| *it == avatar).times(1).returning(|_| Err(Fault::Contended));
        remove(&world, files).await.unwrap();
        assert_eq!(world.store.only().changes, [Change::User(Write::Save { expected: before, next: john() })]);
    }

    #[tokio::test]
    async fn what_is_not_there_is_not_removed() {
        let world = World::john();
        remove(&world, MockFileStore::new()).await.unwrap();
        world.wrote_nothing();
    }
}
