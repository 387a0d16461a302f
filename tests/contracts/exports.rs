use accounts::views::Exports;
use identity::{Action, Change, MailedPurpose, Term, User};
use kernel::{Act, Actor, PageRequest, Store, UnitOfWork, Write};

use crate::support::rig::{Rig, uuid};

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_what_is_the_users_and_nothing_of_others() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    rig.organization("bobs", bob.id).await;
    rig.session(&bob).await;
    let acme = rig.organization("acme", ada.id).await;
    let (ended, _) = rig.session(&ada).await;
    let (living, _) = rig.open(&ada, None, Term::Long).await;
    rig.database
        .execute(&format!(
            "UPDATE sessions SET ended_at = now() WHERE id = '{}'; \
             INSERT INTO invitations (id, organization_id, email, email_key, role, token, invited_by, status, created_at, \
             expires_at, version) SELECT gen_random_uuid(), organization_id, 'Ada@example.com', 'ada@example.com', \
             'member', sha256('x'), user_id, 'cancelled', now(), now(), 0 FROM members WHERE user_id = '{}'",
            uuid(ended.id),
            uuid(bob.id)
        ))
        .await;
    let export = rig.pools[0].of(ada.id).await.unwrap().unwrap();
    assert_eq!(export.user, ada);
    assert_eq!(export.sessions.iter().map(|it| it.session.id).collect::<Vec<_>>(), [living.id, ended.id]);
    assert_eq!(export.memberships.iter().map(|it| it.organization).collect::<Vec<_>>(), [acme.id]);
    assert_eq!(export.memberships[0].role, "owner");
    let [invitation] = export.invitations.as_slice() else { panic!("{:?}", export.invitations) };
    assert_eq!((invitation.organization.as_str(), invitation.status.as_str()), ("bobs", "cancelled"));
    let [mailed] = export.mailed.as_slice() else { panic!("{:?}", export.mailed) };
    assert_eq!(
        (mailed.purpose.as_str(), mailed.email.as_str()),
        (MailedPurpose::VerifyEmail.as_str(), "ada@example.com")
    );
    assert_eq!(Exports::of(rig.pools[0].as_ref(), rig.act().id()).await.unwrap(), None);
}

/// The user is renamed by somebody at an address.
async fn rename(rig: &Rig, by: &User, user: &User, name: &str) -> User {
    let act = Act {
        actor: Actor::User { id: by.id, session: rig.act().id() },
        address: "192.0.2.8".parse().ok(),
        ..rig.act()
    };
    let next = User { name: identity::PersonName::parse(name), ..user.clone() };
    let unit = UnitOfWork::<Change>::of(&act, &Action::UserUpdated(user.id))
        .change(Change::User(Write::Save { expected: user.clone(), next }));
    rig.stores[0].commit(unit).await.unwrap();
    rig.reload(user.id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trail_tells_what_the_user_did_and_of_others_only_what_is_personal_of_the_user() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let ada = rename(&rig, &bob, &ada, "By Bob").await;
    let ada = rename(&rig, &ada, &ada, "By Ada").await;
    let bob = rename(&rig, &ada, &bob, "Bob by Ada").await;
    rename(&rig, &bob, &bob, "Bob by Bob").await;

    let mut trail = Vec::new();
    let mut page = PageRequest { limit: 2, after: None };
    loop {
        let listed = rig.pools[0].trail(ada.id, page.clone()).await.unwrap();
        trail.extend(listed.data);
        page.after = listed.next;
        if page.after.is_none() {
            break;
        }
    }
    let of_name = |entry: &audit::Entry| {
        let name = entry.details.iter().find(|it| it.key == "name");
        (name.and_then(|it| it.after.as_str().map(str::to_owned)), entry.address.clone())
    };
    let address = Some("192.0.2.8".to_owned());
    assert_eq!(
        trail.iter().map(of_name).collect::<Vec<_>>(),
        [
            (Some("Bob by Ada".to_owned()), address.clone()),
            (Some("By Ada".to_owned()), address),
            (Some("By Bob".to_owned()), None),
            (None, None),
        ],
        "{trail:?}"
    );
    assert_eq!(trail[3].action, "user.created");
    assert!(trail[3].details.iter().any(|it| it.after == "ada@example.com"));
}
