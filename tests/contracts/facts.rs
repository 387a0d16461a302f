use kernel::{RoleKey, Store, UnitOfWork, Write};
use rbac::ports::Authorizations;
use tenancy::{Action, Change, Member, MemberStatus};

use crate::support::rig::{Rig, uuid};

#[tokio::test(flavor = "multi_thread")]
async fn facts_1_version_and_members_are_of_one_moment() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let organization = rig.organization("acme", ada.id).await.id;
    let first = rig.pools[0].load(organization).await.unwrap().unwrap();
    assert_eq!(first.members.len(), 1);
    assert_eq!((first.members[0].user, &first.members[0].role), (ada.id, &RoleKey::OWNER));

    let mut joining = Vec::new();
    for i in 0..20 {
        joining.push(rig.user(&format!("user_{i}")).await);
    }
    let store = rig.stores[1].clone();
    let acts: Vec<_> = joining.iter().map(|user| (rig.act(), user.clone())).collect();
    let (reads, mut read) = tokio::sync::watch::channel(0);
    let writing = tokio::spawn(async move {
        // The first change waits until somebody reads, so that there is something to get in between.
        read.changed().await.unwrap();
        for (act, user) in acts {
            let member = Member {
                organization,
                user: user.id,
                role: RoleKey::MEMBER,
                status: MemberStatus::Active,
                joined_at: act.at,
                version: 0,
            };
            let unit = UnitOfWork::<Change>::of(&act, &Action::MemberAdded { organization, user: user.id })
                .change(Change::Member(Write::Add(member)));
            store.commit(unit).await.unwrap();
        }
    });
    let mut seen = 0;
    while !writing.is_finished() {
        let facts = rig.pools[0].load(organization).await.unwrap().unwrap();
        // Each version adds one member, so the one tells the other.
        let added = facts.version - first.version;
        assert_eq!(i64::try_from(facts.members.len()).unwrap(), 1 + added);
        seen += 1;
        reads.send(seen).ok();
    }
    writing.await.unwrap();
    assert!(seen > 1, "nothing was read meanwhile");
    assert_eq!(rig.pools[0].version(organization).await.unwrap(), Some(first.version + 20));
    assert_eq!(rig.pools[0].load(rig.act().id()).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_1_rules_and_grants_are_read_with_the_members() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let made = make_rules(&rig, acme, ada.id).await;
    let facts = rig.pools[1].load(acme).await.unwrap().unwrap();
    assert_eq!(facts.rules.permissions, [HIVES_OPEN]);
    assert_eq!(facts.rules.roles, [rbac::Role::from(&made)]);
    assert_eq!(facts.members[0].grants, [rbac::GrantFact::from(&grant(&rig.act(), acme, ada.id))]);
    assert_eq!(facts.version, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_2_what_is_asked_for_is_read_and_no_more() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let acme = rig.organization("acme", ada.id).await.id;
    let other = rig.organization("other", bob.id).await.id;
    make_rules(&rig, acme, ada.id).await;
    let whole = rig.pools[0].load(acme).await.unwrap().unwrap();
    let delta = rig.pools[1].delta(acme, &[ada.id, bob.id], true).await.unwrap().unwrap();
    assert_eq!((delta.version, delta.rules.as_ref()), (whole.version, Some(&whole.rules)));
    assert_eq!(delta.members, [(ada.id, Some(whole.members[0].clone())), (bob.id, None)]);
    let little = rig.pools[1].delta(acme, &[], false).await.unwrap().unwrap();
    assert_eq!((little.rules, little.members), (None, vec![]));
    rig.database.execute(&format!("UPDATE organizations SET deleted_at = now() WHERE id = '{}'", uuid(other))).await;
    assert_eq!(rig.pools[0].delta(other, &[bob.id], true).await.unwrap(), None);
}

/// Each node learns of the other's changes by what they touch, and ends at the same.
#[tokio::test(flavor = "multi_thread")]
async fn facts_2_a_snapshot_that_was_kept_up_is_as_good_as_one_that_is_loaded() {
    use kernel::SignalSink as _;
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let [kept, fresh] = &rig.nodes;
    kept.alive();
    kept.snapshot(acme).await.unwrap();
    make_rules(&rig, acme, ada.id).await;
    for i in 0..10 {
        let bob = rig.user(&format!("bob_{i}")).await;
        let act = rig.act();
        let member = Member {
            organization: acme,
            user: bob.id,
            role: if i % 2 == 0 { RoleKey::MEMBER } else { RoleKey::parse("keeper").unwrap() },
            status: MemberStatus::Active,
            joined_at: act.at,
            version: 0,
        };
        let added = UnitOfWork::<Change>::of(&act, &Action::MemberAdded { organization: acme, user: bob.id })
            .change(Change::Member(Write::Add(member)));
        rig.stores[0].commit(added).await.unwrap();
        let (one, other) =
            (kept.snapshot(acme).await.unwrap().unwrap(), fresh.certain_snapshot(acme).await.unwrap().unwrap());
        assert_eq!((one.version(), one.members()), (other.version(), other.members()));
        let held = |it: &rbac::Snapshot| {
            let holder = rbac::Holder::at(bob.id, act.at);
            it.permissions_of(holder).map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(held(&one), held(&other));
        assert_eq!(held(&one).contains(&"hives.open".to_owned()), i % 2 == 1);
    }
}

const HIVES_OPEN: kernel::Permission = kernel::Permission::known("hives.open");

fn grant(act: &kernel::Act, organization: kernel::OrganizationId, user: kernel::UserId) -> rbac::Grant {
    rbac::Grant {
        organization,
        user,
        permission: HIVES_OPEN,
        effect: rbac::Effect::Deny,
        expires_at: None,
        granted_by: user,
        created_at: act.at,
        version: 0,
    }
}

/// A role, a permission, and a grant of it to the owner; each a version of its own.
async fn make_rules(rig: &Rig, organization: kernel::OrganizationId, owner: kernel::UserId) -> rbac::CustomRole {
    let act = rig.act();
    let role = rbac::CustomRole {
        id: act.id(),
        organization,
        key: RoleKey::parse("keeper").unwrap(),
        name: "Keeper".to_owned(),
        permissions: vec![rbac::Pattern::parse("hives.*").unwrap()],
        inherits: vec![RoleKey::MEMBER],
        created_at: act.at,
        version: 0,
    };
    let declared = rbac::CustomPermission {
        organization,
        permission: HIVES_OPEN,
        description: "Open a hive.".to_owned(),
        created_at: act.at,
        version: 0,
    };
    let changes = [
        rbac::Change::Permission(Write::Add(declared)),
        rbac::Change::Role(Write::Add(role.clone())),
        rbac::Change::Grant(Write::Add(grant(&act, organization, owner))),
    ];
    for change in changes {
        let action = rbac::Action::Role { deed: rbac::Deed::Created, organization, role: role.key.clone() };
        let unit = UnitOfWork::<rbac::Change>::of(&rig.act(), &action).change(change);
        rig.stores[0].commit(unit).await.unwrap();
    }
    role
}
