use std::sync::Arc;

use kernel::{Act, Decided, Problems, Store, UnitOfWork, UserId, Write, carry_out};

use crate::model::{PersonName, User, UserStatus, Username};
use crate::ports::Users;
use crate::{Action, Change, Error, Happening};

/// Changes what is told of a user.
pub struct UpdateProfile {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Who there is.
    pub users: Arc<dyn Users>,
}

/// What is to be another; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ProfilePatch {
    /// The name others see.
    pub username: Option<String>,
    /// What the person wants to be called; `Some(None)` takes it away.
    pub name: Option<Option<String>>,
}

impl UpdateProfile {
    /// The user as it is then. What changes nothing writes nothing.
    pub async fn run(&self, act: &Act, user: UserId, patch: ProfilePatch) -> Result<User, Error> {
        let (username, name) = check(&patch)?;
        let changed = |user: &User| User {
            username: username.clone().unwrap_or_else(|| user.username.clone()),
            name: name.clone().unwrap_or_else(|| user.name.clone()),
            ..user.clone()
        };
        carry_out::<_, (), Error, _, _>(self.store.as_ref(), act, || async {
            let user = self.active(user).await?;
            let next = changed(&user);
            if next == user {
                return Ok(Decided::Nothing(()));
            }
            let fields: &[&str] = match (next.username != user.username, next.name != user.name) {
                (true, true) => &["username", "name"],
                (true, false) => &["username"],
                _ => &["name"],
            };
            let unit = UnitOfWork::of(act, &Action::UserUpdated(user.id))
                .change(Change::User(Write::Save { expected: user, next: next.clone() }))
                .announce(&Happening::UserUpdated { user: next, changed: fields });
            Ok(Decided::Done(unit, ()))
        })
        .await?;
        self.active(user).await
    }

    async fn active(&self, user: UserId) -> Result<User, Error> {
        let user = self.users.by_id(user).await?.filter(|it| it.status == UserStatus::Active);
        user.ok_or(Error::TokenInvalid)
    }
}

type Checked = (Option<Username>, Option<Option<PersonName>>);

fn check(patch: &ProfilePatch) -> Result<Checked, Problems> {
    let mut problems = Problems::default();
    let username = patch.username.as_deref().map(|text| {
        let sentence = "The username field must be 3 to 50 characters, only letters, digits and underscores.";
        problems.check("username", Username::parse(text), sentence)
    });
    let name = patch.name.as_ref().map(|name| {
        name.as_deref().map(|text| {
            let sentence = "The name field must be 1 to 100 characters, without control characters.";
            problems.check("name", PersonName::parse(text), sentence)
        })
    });
    if problems.is_empty() { Ok((username.flatten(), name.map(Option::flatten))) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{act, nth};
    use kernel::{CommitError, Outcome, Taken};

    use super::*;
    use crate::world::{World, john};

    fn named(name: Option<&str>) -> User {
        User { name: name.and_then(PersonName::parse), ..john() }
    }

    fn patch() -> ProfilePatch {
        ProfilePatch::default()
    }

    fn username(to: &str) -> ProfilePatch {
        ProfilePatch { username: Some(to.to_owned()), ..patch() }
    }

    fn name(to: Option<&str>) -> ProfilePatch {
        ProfilePatch { name: Some(to.map(str::to_owned)), ..patch() }
    }

    fn both(username: &str, name: Option<&str>) -> ProfilePatch {
        ProfilePatch { username: Some(username.to_owned()), ..self::name(name) }
    }

    async fn update(world: &World, patch: ProfilePatch) -> Result<User, Error> {
        UpdateProfile { store: world.store(), users: world.users() }.run(&act(), nth(50), patch).await
    }

    /// What is saved, and which fields are announced.
    async fn saved(before: User, patch: ProfilePatch) -> (User, serde_json::Value) {
        let world = World::of(vec![Some(before.clone())]);
        update(&world, patch).await.unwrap();
        let unit = world.store.only();
        let [Change::User(Write::Save { expected, next })] = unit.changes.as_slice() else { panic!("{unit:?}") };
        assert_eq!(*expected, before);
        assert_eq!(world.written(), [("user.updated", Outcome::Done)]);
        (next.clone(), unit.evidence.events[0].data["changed"].clone())
    }

    #[tokio::test]
    async fn what_is_given_changes_and_what_is_absent_stays() {
        let jane = Username::parse("jane").unwrap();
        let cases = [
            (username("jane"), User { username: jane.clone(), ..named(Some("John")) }, r#"["username"]"#),
            (name(Some(" Jane D. ")), named(Some("Jane D.")), r#"["name"]"#),
            (name(None), named(None), r#"["name"]"#),
            (both("jane", None), User { username: jane, ..named(None) }, r#"["username","name"]"#),
        ];
        for (patch, expected, changed) in cases {
            let (next, told) = saved(named(Some("John")), patch).await;
            assert_eq!((next, told.to_string().as_str()), (expected, changed));
        }
    }

    #[tokio::test]
    async fn the_user_is_told_as_it_is_then() {
        let now = User { version: 2, ..named(Some("Jane")) };
        let world = World::of(vec![Some(john()), Some(now.clone())]);
        assert_eq!(update(&world, name(Some("Jane"))).await.unwrap(), now);
    }

    #[tokio::test]
    async fn what_changes_nothing_writes_nothing() {
        for patch in [patch(), both("johndoe", None)] {
            let world = World::john();
            assert_eq!(update(&world, patch).await.unwrap(), john());
            world.wrote_nothing();
        }
    }

    #[tokio::test]
    async fn each_bad_field_has_its_sentence() {
        let long = "x".repeat(101);
        for (patch, fields) in [
            (both("jo", Some(&long)), vec!["name", "username"]),
            (name(Some("  ")), vec!["name"]),
            (both("j d", None), vec!["username"]),
        ] {
            let world = World::john();
            let Err(Error::Invalid(problems)) = update(&world, patch).await else { panic!("{fields:?}") };
            assert_eq!(problems.iter().map(|(field, _)| field).collect::<Vec<_>>(), fields);
            world.wrote_nothing();
        }
    }

    #[tokio::test]
    async fn a_taken_name_is_told_and_who_is_gone_has_none() {
        let world = World::john().failing([CommitError::Taken(Taken("username"))]);
        assert!(matches!(update(&world, username("jane")).await, Err(Error::UsernameTaken)));
        let gone = World::of(vec![Some(User { status: UserStatus::Deleted, ..john() })]);
        assert!(matches!(update(&gone, username("jane")).await, Err(Error::TokenInvalid)));
    }
}
