use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use identity::rules::{NewKey, make_key};
use identity::{Change, KeyOwner, KeyPrefixes, Label, Passkey, Provider, ProviderIdentity, Scopes, Totp, User};
use kernel::{Act, Store, Time, UnitOfWork, Write};

use super::ways_in::{all_of, identity, organization_key, passkey, token, unit};
use crate::support::eventually;
use crate::support::rig::{Rig, uuid};

fn revoke(act: &Act, user: &User, since: Option<Time>, totp: bool) -> UnitOfWork<Change> {
    unit(act, user, [Change::RevokeCredentials { user: user.id, since, totp }])
}

const TABLES: [&str; 4] = ["passkeys", "provider_identities", "keys", "totps"];

async fn counts(rig: &Rig, of: &User) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in TABLES {
        counts.push(rig.count(&format!("{table} WHERE user_id = '{}'", uuid(of.id))).await);
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn set_7_none_of_the_users_is_left_and_all_of_others() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let acme = rig.organization("acme", ada.id).await.id;
    let act = rig.act();
    for user in [&ada, &bob] {
        rig.stores[0].commit(all_of(&act, user)).await.unwrap();
        let keys = [token(&act, user), token(&act, user), organization_key(&act, user, acme)];
        rig.stores[0].commit(unit(&act, user, keys.map(|it| Change::Key(Write::Add(it))))).await.unwrap();
    }
    rig.stores[1].commit(revoke(&act, &ada, None, false)).await.unwrap();
    assert_eq!(counts(&rig, &ada).await, [0, 0, 0, 1]);
    rig.stores[1].commit(revoke(&act, &ada, None, true)).await.unwrap();
    assert_eq!(counts(&rig, &ada).await, [0, 0, 0, 0]);
    assert_eq!(counts(&rig, &bob).await, [1, 1, 2, 1]);
    assert_eq!(rig.count("keys WHERE organization_id IS NOT NULL").await, 2, "they are the organization's");
}

#[tokio::test(flavor = "multi_thread")]
async fn set_7_what_was_made_before_stays() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let act = rig.act();
    let since = act.at;
    let moment = TimeDelta::microseconds(1);
    let made = |created_at, provider| {
        [
            Change::Passkey(Write::Add(Passkey { created_at, ..passkey(&act, &ada) })),
            Change::Identity(Write::Add(ProviderIdentity { created_at, ..identity(&act, &ada, provider) })),
            Change::Key(Write::Add(identity::Key { created_at, ..token(&act, &ada) })),
            Change::Key(Write::Add(identity::Key { created_at, ..organization_key(&act, &ada, acme) })),
        ]
    };
    rig.stores[0].commit(unit(&act, &ada, made(since - moment, Provider::Google))).await.unwrap();
    rig.stores[0].commit(unit(&act, &ada, made(since, Provider::Microsoft))).await.unwrap();
    assert_eq!(counts(&rig, &ada).await, [2, 2, 2, 0]);
    rig.stores[0].commit(revoke(&act, &ada, Some(since), true)).await.unwrap();
    assert_eq!(counts(&rig, &ada).await, [1, 1, 1, 0]);
    assert_eq!(rig.count("keys WHERE organization_id IS NOT NULL").await, 2, "they are the organization's");
    assert_eq!(rig.count(&format!("passkeys WHERE created_at < '{}'", kernel::rfc3339(since))).await, 1);

    for (created, confirmed, totp, left) in [
        (since - moment, Some(since - moment), true, 1),
        (since - moment, None, true, 1),
        (since - moment, Some(since), false, 1),
        (since - moment, Some(since), true, 0),
        (since, None, true, 0),
    ] {
        let made = Totp { created_at: created, confirmed_at: confirmed, ..Totp::generate(&act, ada.id).0 };
        rig.stores[0].commit(unit(&act, &ada, [Change::Totp(Write::Add(made))])).await.unwrap();
        rig.stores[0].commit(revoke(&act, &ada, Some(since), totp)).await.unwrap();
        assert_eq!(rig.count("totps").await, left, "{created} {confirmed:?} {totp}");
        rig.database.execute("DELETE FROM totps").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn set_7_what_was_made_while_it_waited_goes_too() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let user = uuid(ada.id);
    // Not committed yet.
    let mut adding = rig.database.connect().await;
    let add = format!(
        "BEGIN; SELECT FROM users WHERE id = '{user}' FOR SHARE;
         INSERT INTO passkeys (id, user_id, name, credential, public, created_at, version)
         VALUES (gen_random_uuid(), '{user}', 'x', 'x', '{{}}', now(), 0);
         INSERT INTO provider_identities (id, user_id, provider, issuer, subject, created_at, version)
         VALUES (gen_random_uuid(), '{user}', 'google', 'x', 'x', now(), 0);
         INSERT INTO keys (id, user_id, maker_id, name, hash, hint, multi_factor, created_at, text_at, version)
         VALUES (gen_random_uuid(), '{user}', '{user}', 'x', sha256('x'), '', false, now(), now(), 0);
         INSERT INTO totps (user_id, sealed, recovery_codes, confirmed_at, last_step, created_at, version)
         VALUES ('{user}', '', '{{}}', now(), 0, now(), 0)"
    );
    adding.batch_execute(&add).await.unwrap();
    let (store, unit) = (rig.stores[0].clone(), revoke(&rig.act(), &ada, None, true));
    let revoking = tokio::spawn(async move { store.commit(unit).await });
    let waits = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually("it waits for what is being made", async || rig.count(waits).await == 1).await;
    adding.batch_execute("COMMIT").await.unwrap();
    revoking.await.unwrap().unwrap();
    assert_eq!(counts(&rig, &ada).await, [0, 0, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn set_7_other_nodes_are_told_of_every_token() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let _listener = rig.pools[1].listen(rig.nodes[1].clone());
    eventually("the other node hears", async || rig.nodes[1].hears()).await;
    let good = async |text: &kernel::Secret| {
        rig.nodes[1].key(text.expose(), rig.act().at).await.unwrap().is_some_and(|it| it.1.is_none())
    };
    let mut texts = Vec::new();
    for _ in 0..30 {
        let new = NewKey {
            owner: KeyOwner::User(ada.id),
            organization: None,
            name: Label::parse("nightly").unwrap(),
            scopes: Scopes::Only(Vec::new()),
            multi_factor: false,
            expires_at: None,
        };
        let (unit, _, text) = make_key(&rig.act(), &KeyPrefixes::default(), &ada, new);
        rig.stores[0].commit(unit).await.unwrap();
        assert!(good(&text).await);
        texts.push(text);
    }
    rig.stores[0].commit(revoke(&rig.act(), &ada, None, false)).await.unwrap();
    eventually("the other node knows of each", async || {
        let mut left = 0;
        for text in &texts {
            left += u8::from(good(text).await);
        }
        left == 0
    })
    .await;
}
