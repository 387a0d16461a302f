use super::*;
use crate::world::{ADMIN, World, acme, by, declared, guard};

async fn declare(world: &World, key: &str, description: &str) -> Result<CustomPermission, Error> {
    let use_case = DeclarePermission {
        store: world.store.clone(),
        snapshots: world.snapshots(),
        permissions: world.permissions(),
    };
    use_case.run(&by(ADMIN), acme(), key, description).await
}

#[tokio::test]
async fn an_organization_declares_its_own() {
    let world = World::default();
    let made = declare(&world, "honey.sell", " Sell it ").await.unwrap();
    assert_eq!((made.permission.as_str(), made.description.as_str()), ("honey.sell", "Sell it"));
    let unit = world.store.only();
    assert_eq!(unit.changes, [Change::Permission(Write::Add(made))]);
    assert_eq!((unit.guards.as_slice(), unit.evidence.audit[0].action), ([guard()].as_slice(), "permission.declared"));
}

#[tokio::test]
async fn its_name_is_free_and_has_its_form() {
    assert!(matches!(declare(&World::default(), "hives.open", "").await, Err(Error::PermissionTaken)));
    for key in ["team.view", "team.paint", "platform.administer", "Honey.sell", "honey", "honey.*", "*", ""] {
        let Err(Error::Invalid(problems)) = declare(&World::default(), key, "").await else { panic!("{key}") };
        assert!(problems.iter().map(|(field, _)| field).eq(["key"]), "{key}");
    }
    let Err(Error::Invalid(problems)) = declare(&World::default(), "honey.sell", &"x".repeat(201)).await else {
        panic!("accepted")
    };
    assert!(problems.iter().map(|(field, _)| field).eq(["description"]));
}

#[tokio::test]
async fn there_are_so_many_at_most() {
    let permissions = (0..DeclarePermission::MOST).map(|n| declared(&format!("honey.sell_{n}"))).collect();
    let world = World { permissions, ..World::default() };
    assert!(matches!(declare(&world, "honey.sell", "").await, Err(Error::TooMany)));
}
