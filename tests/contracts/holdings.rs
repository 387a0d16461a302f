use std::sync::Arc;

use accounts::DeleteAccount;
use identity::{User, UserStatus};
use kernel::{Act, OrganizationId, RoleKey, Store, UnitOfWork, Write};
use tenancy::ports::Holdings;
use tenancy::{Invitation, InvitationStatus, Member, MemberStatus};

use crate::support::rig::{Rig, uuid};

async fn join(rig: &Rig, organization: OrganizationId, user: &User, role: RoleKey, status: MemberStatus) -> Member {
    let act = rig.act();
    let member = Member { organization, user: user.id, role, status, joined_at: act.at, version: 0 };
    let action = tenancy::Action::MemberAdded { organization, user: user.id };
    let unit =
        UnitOfWork::<tenancy::Change>::of(&act, &action).change(tenancy::Change::Member(Write::Add(member.clone())));
    rig.stores[0].commit(unit).await.unwrap();
    member
}

async fn owner(rig: &Rig, organization: OrganizationId, name: &str) -> User {
    let user = rig.user(name).await;
    join(rig, organization, &user, RoleKey::OWNER, MemberStatus::Active).await;
    user
}

fn invited(act: &Act, organization: OrganizationId, by: &User, status: InvitationStatus) -> Invitation {
    Invitation {
        id: act.id(),
        organization,
        email: kernel::EmailAddress::parse("carol@example.com").unwrap(),
        role: RoleKey::MEMBER,
        token: act.token().hash(),
        invited_by: by.id,
        key: None,
        status,
        created_at: act.at,
        expires_at: act.at,
        version: 0,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holding_tells_who_else_counts_and_who_is_asked() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await;
    let gone = rig.organization("gone", ada.id).await;
    rig.database.execute(&format!("UPDATE organizations SET deleted_at = now() WHERE id = '{}'", uuid(gone.id))).await;
    assert_eq!(rig.pools[0].of(ada.id).await.unwrap().len(), 1);

    for (name, role, status, account) in [
        ("owner", RoleKey::OWNER, MemberStatus::Active, UserStatus::Active),
        ("idle", RoleKey::OWNER, MemberStatus::Suspended, UserStatus::Active),
        ("leaving", RoleKey::OWNER, MemberStatus::Active, UserStatus::Deleted),
        ("member", RoleKey::MEMBER, MemberStatus::Active, UserStatus::Active),
        ("stopped", RoleKey::OWNER, MemberStatus::Active, UserStatus::Suspended),
        // Stopped on its way out.
        ("going", RoleKey::MEMBER, MemberStatus::Active, UserStatus::Suspended),
        ("erased", RoleKey::MEMBER, MemberStatus::Active, UserStatus::Erased),
    ] {
        let user = rig.user(name).await;
        join(&rig, acme.id, &user, role, status).await;
        let gone = if matches!(name, "leaving" | "going" | "erased") { "now()" } else { "NULL" };
        let set = format!("status = '{}', deleted_at = {gone}", account.as_str());
        rig.database.execute(&format!("UPDATE users SET {set} WHERE id = '{}'", uuid(user.id))).await;
    }
    let act = rig.act();
    for status in [InvitationStatus::Pending, InvitationStatus::Cancelled] {
        let it = invited(&act, acme.id, &ada, status);
        let action = tenancy::Action::InvitationCreated { organization: acme.id, invitation: it.id };
        let unit = UnitOfWork::<tenancy::Change>::of(&act, &action).change(tenancy::Change::Invitation(Write::Add(it)));
        rig.stores[0].commit(unit).await.unwrap();
    }
    let holdings = rig.pools[1].of(ada.id).await.unwrap();
    let [holding] = holdings.as_slice() else { panic!("{holdings:?}") };
    assert_eq!(holding.organization, acme);
    assert_eq!(holding.version, rig.authorization_version(acme.id).await);
    assert_eq!((holding.member.user, &holding.member.role), (ada.id, &RoleKey::OWNER));
    assert_eq!((holding.other_members, holding.other_owners, holding.members_on_their_way_out), (4, 1, 2));
    assert_eq!(holding.pending.iter().map(|it| it.status).collect::<Vec<_>>(), [InvitationStatus::Pending]);
    assert_eq!(rig.pools[0].of(act.id()).await.unwrap(), []);
}

/// Two owners of an organization with a member besides: whoever goes second finds itself alone.
#[tokio::test(flavor = "multi_thread")]
async fn store_2_of_two_owners_who_go_at_once_one_stays() {
    let rig = Rig::new().await;
    for round in 0..5 {
        let ada = rig.user(&format!("ada_{round}")).await;
        let acme = rig.organization(&format!("acme-{round}"), ada.id).await.id;
        let bob = owner(&rig, acme, &format!("bob_{round}")).await;
        let carol = rig.user(&format!("carol_{round}")).await;
        join(&rig, acme, &carol, RoleKey::MEMBER, MemberStatus::Active).await;
        let owners = [ada.id, bob.id];
        let answers = rig
            .race(2, |i, store| {
                let (database, node) = (rig.pools[i].clone(), rig.nodes[i].clone());
                let (act, user) = (rig.act(), owners[i]);
                let delete = DeleteAccount {
                    store: Arc::new(store),
                    users: database.clone(),
                    holdings: database,
                    settings: node,
                };
                async move { delete.run(&act, user).await }
            })
            .await;
        assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 1, "{answers:?}");
        let sole =
            |it: &Result<(), accounts::Error>| matches!(it, Err(accounts::Error::Tenancy(tenancy::Error::SoleOwner)));
        assert!(answers.iter().any(sole), "{answers:?}");
        let left = format!(
            "members m JOIN users u ON u.id = m.user_id WHERE m.organization_id = '{}' AND m.role = 'owner' \
             AND u.status = 'active'",
            uuid(acme)
        );
        assert_eq!(rig.count(&left).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn place_1_a_place_tells_who_else_owns_and_whether_it_is_deleted() {
    use tenancy::ports::Members;
    let rig = Rig::new().await;
    let (ada, eve) = (rig.user("ada").await, rig.user("eve").await);
    let acme = rig.organization("acme", ada.id).await.id;
    let place = async || rig.pools[1].place(acme, ada.id).await.unwrap().unwrap();
    assert!(place().await.is_last_owners());
    let idle = rig.user("idle").await;
    join(&rig, acme, &idle, RoleKey::OWNER, MemberStatus::Suspended).await;
    let gone = owner(&rig, acme, "gone").await;
    rig.database.execute(&format!("UPDATE users SET status = 'suspended' WHERE id = '{}'", uuid(gone.id))).await;
    assert!(place().await.is_last_owners(), "who may not act is no owner to rely on");
    owner(&rig, acme, "bob").await;
    let found = place().await;
    assert_eq!((found.other_owners, found.is_last_owners()), (1, false));
    assert_eq!((found.version, found.member.role.clone()), (rig.authorization_version(acme).await, RoleKey::OWNER));
    rig.database.execute("UPDATE organizations SET deleted_at = now()").await;
    assert!(place().await.organization.deleted_at.is_some());
    assert_eq!(rig.pools[0].place(acme, eve.id).await.unwrap(), None);
}
