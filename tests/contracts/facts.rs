use kernel::{RoleKey, Store, UnitOfWork, Write};
use rbac::ports::Authorizations;
use tenancy::{Action, Change, Member, MemberStatus};

use crate::support::rig::Rig;

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
