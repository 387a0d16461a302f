use kernel::Permission;

use super::*;
use crate::Pattern;
use crate::world::{ADMIN, KEEPER, MEMBER, OWNER, World, acme, by, guard, role};

fn input(key: &str, permissions: &[&str], inherits: &[&str]) -> RoleInput {
    let texts = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect();
    RoleInput {
        key: key.to_owned(),
        name: "Bees".to_owned(),
        permissions: texts(permissions),
        inherits: texts(inherits),
    }
}

async fn create(world: &World, user: u64, input: &RoleInput) -> Result<CustomRole, Error> {
    let use_case = CreateRole { store: world.store.clone(), snapshots: world.snapshots(), roles: world.roles() };
    use_case.run(&by(user), acme(), input).await
}

#[tokio::test]
async fn a_role_is_made_of_what_its_maker_holds() {
    let world = World::default();
    let made =
        create(&world, OWNER, &input("bees", &["hives.*", "team.view", "team.view"], &["member"])).await.unwrap();
    assert_eq!(made.permissions, ["hives.*", "team.view"].map(|it| Pattern::parse(it).unwrap()));
    let unit = world.store.only();
    assert_eq!(unit.changes, [Change::Role(Write::Add(made.clone()))]);
    assert_eq!(unit.guards, [guard()]);
    assert_eq!(unit.evidence.audit[0].action, "role.created");
    // By id it is the same role.
    let world = World::default();
    let keeper = world.roles[0].id.to_string();
    let made = create(&world, KEEPER, &input("bees", &[], &[&keeper])).await.unwrap();
    assert_eq!(made.inherits, [RoleKey::parse("keeper").unwrap()]);
}

#[tokio::test]
async fn nobody_makes_one_that_holds_what_they_do_not() {
    for (user, permissions, inherits) in [
        (ADMIN, &["hives.open"][..], &[][..]),
        (ADMIN, &["*"], &[]),
        (ADMIN, &["audit.*"], &[]),
        (ADMIN, &[], &["keeper"]),
        (ADMIN, &[], &["owner"]),
        (KEEPER, &["hives.*"], &[]),
        (KEEPER, &["team.*"], &[]),
        (KEEPER, &[], &["member"]),
        (MEMBER, &["team.invite"], &[]),
        (99, &["team.view"], &[]),
    ] {
        let world = World::default();
        let answer = create(&world, user, &input("bees", permissions, inherits)).await;
        assert!(matches!(answer, Err(Error::Beyond(_))), "{user} {permissions:?} {inherits:?} {answer:?}");
        world.refused("role.refused");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_all_at_once() {
    let world = World::default();
    let bad = RoleInput { name: " ".to_owned(), ..input("Bees", &["team.view", "honey.*", "team"], &["gone"]) };
    let Err(Error::Invalid(problems)) = create(&world, OWNER, &bad).await else { panic!("accepted") };
    let fields: Vec<_> = problems.iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["inherits.0", "key", "name", "permissions.1", "permissions.2"]);
    let many = input("bees", &vec!["team.view"; 101], &vec!["member"; 21]);
    let Err(Error::Invalid(problems)) = create(&world, OWNER, &many).await else { panic!("accepted") };
    assert_eq!(problems.iter().count(), 2);
    world.wrote_nothing();
}

#[tokio::test]
async fn a_key_names_one_role_and_there_are_so_many_at_most() {
    for taken in ["keeper", "owner"] {
        assert!(matches!(create(&World::default(), OWNER, &input(taken, &[], &[])).await, Err(Error::RoleTaken)));
    }
    let roles = (0..CreateRole::MOST).map(|n| role(&format!("role_{n}"), &[], &[])).collect();
    let world = World { roles, ..World::default() };
    assert!(matches!(create(&world, OWNER, &input("bees", &[], &[])).await, Err(Error::TooMany)));
}

#[tokio::test]
async fn a_token_makes_roles_of_what_it_holds() {
    let world = World::default();
    let use_case = CreateRole { store: world.store.clone(), snapshots: world.snapshots(), roles: world.roles() };
    let scopes = kernel::Narrowed::To(["team.view", "team.manage_roles"].map(Permission::known).into());
    let act = by(OWNER).narrowed(Some(scopes));
    assert!(use_case.run(&act, acme(), &input("bees", &["team.view"], &[])).await.is_ok());
    for wider in ["team.invite", "team.*"] {
        let answer = use_case.run(&act, acme(), &input("bees", &[wider], &[])).await;
        assert!(matches!(answer, Err(Error::Beyond(_))), "{wider}");
    }
}
