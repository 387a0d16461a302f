use diesel_async::SimpleAsyncConnection;
use identity::ports::{SigningKeys, Totps};
use identity::{Algorithm, Change, Retire, RotateKeys, Totp, User};
use kernel::{MailQueue, Resealed, Resealing, Secret, Store, Write};
use webhooks::{CustomHeaders, Endpoint, RetiredSecret, Scheme, SigningSecret};

use super::deliveries::{add, new_endpoint};
use super::ways_in::unit;
use crate::support::eventually;
use crate::support::rig::{Rig, SECRET};

const NEWER: &str = "5891b5b522d5df086d0ff0b110fbd9d2";
/// Every sealed column there is, all of them alike.
const SEALED: &str = "(
    SELECT sealed FROM signing_keys UNION ALL SELECT sealed FROM totps
    UNION ALL SELECT secret FROM webhook_endpoints UNION ALL SELECT sealed_headers FROM webhook_endpoints
    UNION ALL SELECT retired_secrets FROM webhook_endpoints UNION ALL SELECT sealed FROM mails WHERE sealed IS NOT NULL
) AS all_of_them (sealed)";

/// What begins everything that is sealed under one key.
async fn keys_in_use(rig: &Rig) -> i64 {
    rig.database.count(&format!("SELECT count(DISTINCT substring(sealed FROM 1 FOR 5)) FROM {SEALED}")).await
}

async fn with_totp(rig: &Rig, user: &User) -> Totp {
    let act = rig.act();
    let totp = Totp::generate(&act, user.id).0;
    rig.stores[0].commit(unit(&act, user, [Change::Totp(Write::Add(totp.clone()))])).await.unwrap();
    totp
}

async fn with_endpoint(rig: &Rig, owner: &User) {
    let organization = rig.organization("acme", owner.id).await.id;
    let endpoint = new_endpoint(rig, organization);
    let secret = SigningSecret::generate(Scheme::Symmetric, rig.act().ids.as_ref());
    let headers = CustomHeaders::parse([("x-key".to_owned(), Secret::new("k"))]).unwrap();
    let retired = vec![RetiredSecret { secret, until: endpoint.created_at }];
    add(rig, Endpoint { headers, retired, ..endpoint }).await;
}

fn rotation(store: &adapter_postgres::PgStore) -> RotateKeys {
    let store = std::sync::Arc::new(store.clone());
    RotateKeys { store: store.clone(), keys: store, algorithm: Algorithm::EdDsa }
}

#[tokio::test(flavor = "multi_thread")]
async fn reseal_1_all_that_opens_is_sealed_as_it_would_be_now() {
    let rig = Rig::new().await;
    let mut totps = Vec::new();
    // More than are read at once, and each with a mail.
    for i in 0..130 {
        let user = rig.user(&format!("user_{i}")).await;
        totps.push((with_totp(&rig, &user).await, user));
    }
    with_endpoint(&rig, &totps[0].1).await;
    rotation(&rig.stores[0]).run(&rig.act(), Retire::AtOnce).await.unwrap();
    let all = rig.count(SEALED).await;
    assert_eq!((all, keys_in_use(&rig).await), (130 + 130 + 3 + 1, 1));
    assert_eq!(rig.stores[0].reseal().await.unwrap(), Resealed::default(), "it is as it would be");

    let newer = rig.store_sealing(NEWER, &[SECRET]).await;
    // What nodes of the new secret wrote before is current.
    let (known, user) = &totps[0];
    let next = Totp { last_step: 7, ..known.clone() };
    let save = Change::Totp(Write::Save { expected: known.clone(), next });
    newer.commit(unit(&rig.act(), user, [save])).await.unwrap();
    assert_eq!(keys_in_use(&rig).await, 2);
    let stores = [newer.clone(), rig.store_sealing(NEWER, &[SECRET]).await];
    let told = rig
        .race(4, |i, _| {
            let store = stores[i % 2].clone();
            async move { store.reseal().await.unwrap() }
        })
        .await;
    let resealed: u64 = told.iter().map(|it| it.resealed).sum();
    assert_eq!((i64::try_from(resealed).unwrap(), told.iter().map(|it| it.unopened).sum()), (all - 1, 0_u64));
    assert_eq!((rig.count(SEALED).await, keys_in_use(&rig).await), (all, 1));

    let alone = rig.store_sealing(NEWER, &[]).await;
    assert_eq!(alone.reseal().await.unwrap(), Resealed::default());
    for (known, user) in &totps[1..] {
        assert_eq!(Totps::of(&alone, user.id).await.unwrap().as_ref(), Some(known), "no version has moved on");
    }
    let at = rig.act().at;
    assert!(alone.counting(at).await.unwrap().iter().all(|it| it.secret.is_some()));
    assert_eq!(alone.claim(at, 200).await.unwrap().len(), 130);
}

/// Whoever adds a sealed column reseals it.
#[tokio::test(flavor = "multi_thread")]
async fn reseal_1_no_sealed_column_is_forgotten() {
    let rig = Rig::new().await;
    let columns = "information_schema.columns WHERE table_schema = 'public' AND data_type = 'bytea'
        AND (column_name LIKE '%sealed%' OR column_name LIKE '%secret%')";
    // A refresh token's is sealed under what only its bearer has.
    assert_eq!(rig.count(&format!("{columns} AND table_name <> 'refresh_tokens'")).await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn reseal_2_what_does_not_open_stays_as_it_is_and_is_counted() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    for user in [&ada, &bob] {
        with_totp(&rig, user).await;
    }
    with_endpoint(&rig, &ada).await;
    rotation(&rig.stores[0]).run(&rig.act(), Retire::AtOnce).await.unwrap();
    rig.database.execute("UPDATE totps SET sealed = 'sealed under another' WHERE user_id = (SELECT min(user_id::text)::uuid FROM totps)").await;
    rig.database.execute("UPDATE signing_keys SET sealed = ''").await;
    let all = u64::try_from(rig.count(SEALED).await).unwrap();
    let newer = rig.store_sealing(NEWER, &[SECRET]).await;
    for resealed in [all - 2, 0] {
        assert_eq!(newer.reseal().await.unwrap(), Resealed { resealed, unopened: 2 });
        assert_eq!(rig.count("totps WHERE sealed = 'sealed under another'").await, 1);
        assert_eq!(rig.count("signing_keys WHERE sealed = ''").await, 1);
    }
    // Without the secret before, nothing else opens either.
    let stranger = rig.store_sealing("1bb4fc7163af34d08286a2e846f6be03", &[]).await;
    assert_eq!(stranger.reseal().await.unwrap(), Resealed { resealed: 0, unopened: all });
}

#[tokio::test(flavor = "multi_thread")]
async fn reseal_2_a_retired_key_that_does_not_open_is_not_counted_and_one_that_opens_is_sealed_anew() {
    let rig = Rig::new().await;
    let newer = rig.store_sealing(NEWER, &[SECRET]).await;
    let stranger = rig.store_sealing("1bb4fc7163af34d08286a2e846f6be03", &[]).await;
    for (retires_at, unopened) in [("NULL", 1), ("'2999-01-01'", 1), ("'2001-01-01'", 0)] {
        rotation(&rig.stores[0]).run(&rig.act(), Retire::AtOnce).await.unwrap();
        rig.database.execute("DELETE FROM signing_keys WHERE retires_at IS NOT NULL").await;
        rig.database.execute(&format!("UPDATE signing_keys SET retires_at = {retires_at}")).await;
        assert_eq!(stranger.reseal().await.unwrap(), Resealed { resealed: 0, unopened }, "{retires_at}");
        assert_eq!(newer.reseal().await.unwrap(), Resealed { resealed: 1, unopened: 0 }, "{retires_at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reseal_2_what_changes_meanwhile_is_not_written_over() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let first = with_totp(&rig, &ada).await;
    rig.database.execute("CREATE TABLE kept AS SELECT sealed FROM totps").await;
    let second = Totp { secret: Totp::generate(&rig.act(), ada.id).0.secret, ..first.clone() };
    let save = Change::Totp(Write::Save { expected: first.clone(), next: second });
    rig.stores[0].commit(unit(&rig.act(), &ada, [save])).await.unwrap();
    // The codes are changed back, and the mail is sent, and neither is committed yet.
    let mut changing = rig.database.connect().await;
    let change = "BEGIN; UPDATE totps SET sealed = (SELECT sealed FROM kept); \
                  UPDATE mails SET sealed = NULL, sent_at = now()";
    changing.batch_execute(change).await.unwrap();
    let newer = rig.store_sealing(NEWER, &[SECRET]).await;
    let resealing = tokio::spawn(async move { newer.reseal().await });
    let waits = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually("it waits for what is being changed", async || rig.count(waits).await == 1).await;
    changing.batch_execute("COMMIT").await.unwrap();
    assert_eq!(resealing.await.unwrap().unwrap(), Resealed { resealed: 1, unopened: 0 });
    let alone = rig.store_sealing(NEWER, &[]).await;
    assert_eq!(Totps::of(&alone, ada.id).await.unwrap().unwrap().secret, first.secret);
    assert_eq!(rig.count("mails WHERE sealed IS NULL AND sent_at IS NOT NULL").await, 1);
}
