use std::sync::Arc;

use kernel::{Act, Album, Decided, FileName, Gallery, Store, Unfit, UnitOfWork, UserId, Write, carry_out};

use crate::model::{User, UserStatus};
use crate::ports::Users;
use crate::{Action, Change, Error, Happening};

/// Gives a user an avatar, or another one.
pub struct SetAvatar {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
    /// Where pictures are drawn and kept.
    pub gallery: Gallery,
}

impl SetAvatar {
    const AVATARS: Album = Album { folder: "avatars", called: "avatar" };

    /// The picture is kept, then its name is committed, then the file before it is removed.
    pub async fn run(&self, act: &Act, user: UserId, upload: Vec<u8>) -> Result<(), Error> {
        let file = self.gallery.keep(act, Self::AVATARS, upload).await?;
        let committed = carry_out(self.store.as_ref(), act, || async {
            let found = self.users.by_id(user).await?.filter(|it| it.status == UserStatus::Active);
            let (unit, before) = decide(act, found.ok_or(Error::TokenInvalid)?, Some(file.clone()));
            Ok(Decided::Done(unit, before))
        })
        .await;
        self.gallery.settle(file, committed, |error| matches!(error, Error::Fault(_))).await
    }
}

/// The user with this avatar, and the file of the one before.
pub(crate) fn decide(act: &Act, user: User, avatar: Option<FileName>) -> (UnitOfWork<Change>, Option<FileName>) {
    let before = user.avatar.clone();
    let next = User { avatar, ..user.clone() };
    let unit = UnitOfWork::of(act, &Action::UserUpdated(user.id))
        .change(Change::User(Write::Save { expected: user, next: next.clone() }))
        .announce(&Happening::UserUpdated { user: next, changed: &["avatar"] });
    (unit, before)
}

impl From<Unfit> for Error {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::NotAPicture => Self::NotAPicture,
            Unfit::TooLarge(problems) | Unfit::Broken(problems) => Self::Invalid(problems),
            Unfit::Fault(fault) => Self::Fault(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{act, nth};
    use kernel::{CommitError, MockFileStore, MockPictures, Picture, PictureKind};
    use serde_json::json;

    use super::*;
    use crate::world::{World, john};

    fn new() -> FileName {
        FileName::fresh(&act(), "avatars", "png")
    }

    fn old() -> FileName {
        FileName::parse("avatars/00000000-0000-0000-0000-00000000aaaa.jpg").unwrap()
    }

    /// Where this is all that is removed.
    async fn set(world: &World, removed: Option<FileName>) -> Result<(), Error> {
        let mut pictures = MockPictures::new();
        let drawn = |_, _| Ok(Picture { kind: PictureKind::Png, bytes: vec![7] });
        pictures.expect_redraw().withf(|_, upload| *upload == [1, 2]).return_once(drawn);
        let mut files = MockFileStore::new();
        files.expect_put().withf(|name, bytes| (name, bytes.as_slice()) == (&new(), &[7])).return_once(|_, _| Ok(()));
        files
            .expect_remove()
            .times(usize::from(removed.is_some()))
            .withf(move |it| Some(it) == removed.as_ref())
            .returning(|_| Ok(()));
        let gallery = Gallery { pictures: Arc::new(pictures), files: Arc::new(files) };
        SetAvatar { store: world.store(), users: world.users(), gallery }.run(&act(), nth(50), vec![1, 2]).await
    }

    #[tokio::test]
    async fn an_avatar_is_kept_and_then_named() {
        let world = World::john();
        set(&world, None).await.unwrap();
        let unit = world.store.only();
        let next = User { avatar: Some(new()), ..john() };
        assert_eq!(unit.changes, [Change::User(Write::Save { expected: john(), next })]);
        assert_eq!((unit.evidence.audit[0].action, unit.evidence.events[0].kind), ("user.updated", "user.updated"));
        assert_eq!(unit.evidence.events[0].data["changed"], json!(["avatar"]));
        let [detail] = unit.evidence.audit[0].personal.as_slice() else { panic!("{unit:?}") };
        assert_eq!((&*detail.key, &detail.after), ("avatar", &json!(new().as_str())));
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_at_once_the_later_removes_the_earlier() {
        let meanwhile = User { avatar: Some(old()), version: 2, ..john() };
        let world = World::of(vec![Some(john()), Some(meanwhile.clone())]).failing([CommitError::Stale]);
        set(&world, Some(old())).await.unwrap();
        let next = User { avatar: Some(new()), ..meanwhile.clone() };
        assert_eq!(world.store.all()[1].changes, [Change::User(Write::Save { expected: meanwhile, next })]);
    }

    #[tokio::test]
    async fn who_is_gone_has_none() {
        for status in [UserStatus::Suspended, UserStatus::Deleted] {
            let world = World::of(vec![Some(User { status, ..john() })]);
            assert!(matches!(set(&world, Some(new())).await, Err(Error::TokenInvalid)));
            world.wrote_nothing();
        }
    }
}
