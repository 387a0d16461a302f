use accounts::views::Exports;
use identity::ports::{Sighting, Sightings, Used};
use identity::{Action, Change, MailedPurpose, Term, User};
use kernel::{Act, Actor, PageRequest, Store, UnitOfWork, Write};

use super::ways_in;
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
        let name = entry.details().find(|it| it.key == "name");
        (name.and_then(|it| it.after.as_str().map(str::to_owned)), entry.address().map(str::to_owned))
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
    assert!(trail[3].details().any(|it| it.after == "ada@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_every_way_in() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let act = rig.act();
    let nothing = rig.pools[0].of(ada.id).await.unwrap().unwrap();
    assert_eq!((nothing.recovery_codes_left, nothing.passkeys, nothing.identities, nothing.tokens), Default::default());
    for user in [&ada, &bob] {
        rig.stores[0].commit(ways_in::all_of(&act, user)).await.unwrap();
    }
    let acme = rig.organization("acme", ada.id).await.id;
    let (token, other) = (ways_in::token(&act, &ada), ways_in::token(&act, &bob));
    let keys = [token.clone(), other, ways_in::organization_key(&act, &ada, acme)];
    rig.stores[0].commit(ways_in::unit(&act, &ada, keys.map(|it| Change::Key(Write::Add(it))))).await.unwrap();
    rig.stores[0].keep(vec![Sighting { of: Used::Key(token.id), at: act.at, address: None }]).await.unwrap();
    rig.database.execute("UPDATE totps SET recovery_codes = recovery_codes[1:3]").await;

    let export = rig.pools[1].of(ada.id).await.unwrap().unwrap();
    assert_eq!(export.recovery_codes_left, None, "nothing is asked for yet");
    let pool = rig.pools[0].as_ref();
    assert_eq!(export.passkeys, identity::ports::Passkeys::of(pool, ada.id).await.unwrap());
    assert_eq!(export.identities, identity::ports::Identities::of(pool, ada.id).await.unwrap());
    assert_eq!((export.passkeys.len(), export.identities.len()), (1, 1));
    assert_eq!(export.tokens, [(token, Some(act.at))]);
    rig.database.execute("UPDATE totps SET confirmed_at = now()").await;
    let export = rig.pools[1].of(ada.id).await.unwrap().unwrap();
    assert_eq!(export.recovery_codes_left, Some(3));
}

/// What a person did by a token is found as theirs, what an organization's key did is not, whoever made it.
#[tokio::test(flavor = "multi_thread")]
async fn a_trail_tells_what_was_done_through_a_token() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let acme = rig.organization("acme", ada.id).await.id;
    let (token, key): (_, kernel::KeyId) = (rig.act().id(), rig.act().id());
    for actor in [Actor::Token { id: token, user: ada.id }, Actor::Key { id: key, maker: ada.id }] {
        let act = Act { actor, ..rig.act() }.within(acme);
        let bob = rig.reload(bob.id).await;
        let rename = UnitOfWork::<Change>::of(&act, &Action::UserUpdated(bob.id))
            .change(Change::User(Write::Save { expected: bob.clone(), next: bob }));
        rig.stores[0].commit(rename).await.unwrap();
    }
    let all = PageRequest { limit: 50, after: None };
    let mut told = rig.pools[0].trail(ada.id, all.clone()).await.unwrap().data;
    told.retain(|it| it.action == "user.updated");
    let [by_token] = told.as_slice() else { panic!("{told:?}") };
    let actor = |it: &audit::Entry| (it.actor_kind.clone(), it.actor_id, it.actor_credential);
    assert_eq!(actor(by_token), ("token".to_owned(), Some(uuid(ada.id)), Some(uuid(token))));

    let filter = audit::Filter { actor: Some(key.to_string()), ..audit::Filter::default() };
    let told = audit::ports::Trail::list(rig.pools[0].as_ref(), acme, filter, all).await.unwrap().data;
    let [by_key] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(actor(by_key), ("key".to_owned(), Some(uuid(key)), None));
}
