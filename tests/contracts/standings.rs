use chrono::TimeDelta;
use identity::ports::Standings;
use kernel::{EmailAddress, OrganizationRef, RoleKey, Store, UnitOfWork, Write};
use rbac::ports::Authorizations;
use tenancy::ports::{Invitations, Organizations};
use tenancy::{Action, Change, Invitation, InvitationStatus, MemberStatus, Organization};

use crate::support::rig::{Rig, uuid};

async fn demand_mfa(rig: &Rig, organization: &Organization, require_mfa: bool) -> Organization {
    let named = OrganizationRef::Id(organization.id);
    let expected = rig.pools[0].find(&named).await.unwrap().unwrap();
    let next = Organization { require_mfa, ..expected.clone() };
    let unit = UnitOfWork::<Change>::of(&rig.act(), &Action::OrganizationUpdated(organization.id))
        .change(Change::Organization(Write::Save { expected, next }));
    rig.stores[0].commit(unit).await.unwrap();
    rig.pools[1].find(&named).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organizations_demand_is_known_to_its_snapshot_and_to_its_members_standing() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let (acme, other) = (rig.organization("acme", ada.id).await, rig.organization("other", bob.id).await);
    let demanded = async || {
        let facts = rig.pools[0].load(acme.id).await.unwrap().unwrap().rules.require_mfa;
        (facts, rig.pools[0].demand_mfa(ada.id).await.unwrap(), rig.pools[0].demand_mfa(bob.id).await.unwrap())
    };
    assert_eq!(demanded().await, (false, false, false));
    let before = rig.authorization_version(acme.id).await;
    assert!(demand_mfa(&rig, &acme, true).await.require_mfa);
    assert_eq!(demanded().await, (true, true, false));
    assert_eq!(rig.authorization_version(acme.id).await, before + 1, "snapshots are read anew");

    rig.join(acme.id, bob.id, MemberStatus::Suspended).await;
    assert_eq!(demanded().await, (true, true, true), "who may come back belongs to it");
    rig.database.execute(&format!("UPDATE organizations SET deleted_at = now() WHERE id = '{}'", uuid(acme.id))).await;
    assert!(!rig.pools[0].demand_mfa(ada.id).await.unwrap());
    demand_mfa(&rig, &other, true).await;
    assert!(rig.pools[0].demand_mfa(bob.id).await.unwrap());
    assert!(!demand_mfa(&rig, &other, false).await.require_mfa);
    assert!(!rig.pools[0].demand_mfa(bob.id).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_active_in_an_organization_shares_it_with_all_who_belong_to_it() {
    let rig = Rig::new().await;
    let (ada, bob, eve) = (rig.user("ada").await, rig.user("bob").await, rig.user("eve").await);
    let acme = rig.organization("acme", ada.id).await;
    rig.organization("other", eve.id).await;
    let shared = async || {
        let asked = [(ada.id, bob.id), (bob.id, ada.id), (ada.id, eve.id), (eve.id, bob.id)];
        let mut answers = Vec::new();
        for (user, other) in asked {
            answers.push(rig.pools[0].share_organization(user, other).await.unwrap());
        }
        answers
    };
    assert_eq!(shared().await, [false; 4]);
    rig.join(acme.id, bob.id, MemberStatus::Suspended).await;
    assert_eq!(shared().await, [true, false, false, false], "who is suspended is out of it");
    let organization = uuid(acme.id);
    rig.database
        .execute(&format!("UPDATE members SET status = 'active' WHERE organization_id = '{organization}'"))
        .await;
    assert_eq!(shared().await, [true, true, false, false]);
    rig.database.execute(&format!("UPDATE organizations SET deleted_at = now() WHERE id = '{organization}'")).await;
    assert_eq!(shared().await, [false; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn open_invitations_are_pending_and_not_too_old_and_the_newest_comes_first() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let act = rig.act();
    let mut made = Vec::new();
    for (slug, email, status, age, left) in [
        ("old", "carol@example.com", InvitationStatus::Pending, 9, 1),
        ("new", "Carol@Example.com", InvitationStatus::Pending, 1, 1),
        ("over", "carol@example.com", InvitationStatus::Pending, 3, 0),
        ("accepted", "carol@example.com", InvitationStatus::Accepted, 3, 1),
        ("cancelled", "carol@example.com", InvitationStatus::Cancelled, 3, 1),
        ("dave", "dave@example.com", InvitationStatus::Pending, 3, 1),
        ("gone", "carol@example.com", InvitationStatus::Pending, 3, 1),
    ] {
        let organization = rig.organization(slug, ada.id).await.id;
        let invitation = Invitation {
            id: act.id(),
            organization,
            email: EmailAddress::parse(email).unwrap(),
            role: RoleKey::MEMBER,
            token: act.token().hash(),
            invited_by: ada.id,
            key: None,
            status,
            created_at: act.at - TimeDelta::hours(age),
            expires_at: act.at + TimeDelta::microseconds(left),
            version: 0,
        };
        let action = Action::InvitationCreated { organization, invitation: invitation.id };
        let unit = UnitOfWork::<Change>::of(&act.within(organization), &action)
            .change(Change::Invitation(Write::Add(invitation.clone())));
        rig.stores[0].commit(unit).await.unwrap();
        made.push(invitation);
    }
    rig.database.execute("UPDATE organizations SET deleted_at = now() WHERE slug = 'gone'").await;
    let open = rig.pools[1].open_for(&EmailAddress::parse("CAROL@example.com").unwrap(), act.at).await.unwrap();
    assert_eq!(open, [made[1].clone(), made[0].clone()]);
}
