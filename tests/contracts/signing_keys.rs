use std::sync::Arc;

use chrono::TimeDelta;
use identity::ports::SigningKeys;
use identity::{Algorithm, Change, Retire, RotateKeys, SigningKey};
use kernel::{Act, CommitError, Store, Taken, UnitOfWork, Write};

use crate::support::rig::Rig;

fn key(act: &Act, algorithm: Algorithm) -> SigningKey {
    SigningKey {
        id: act.id(),
        algorithm,
        secret: Some(act.token().secret().clone()),
        created_at: act.at,
        signs_from: act.at,
        retires_at: None,
        version: 0,
    }
}

fn unit(act: &Act, write: Write<SigningKey>) -> UnitOfWork<Change> {
    let action = identity::Action::SigningKeyCreated(write.subject().id);
    UnitOfWork::of(act, &action).change(Change::SigningKey(write))
}

#[tokio::test(flavor = "multi_thread")]
async fn store_3_of_each_algorithm_one_key_has_no_end() {
    let rig = Rig::new().await;
    for (there, algorithm) in (1..).zip([Algorithm::Hs256, Algorithm::EdDsa]) {
        let answers = rig
            .race(8, |_, store| {
                let act = rig.act();
                let unit = unit(&act, Write::Add(key(&act, algorithm)));
                async move { store.commit(unit).await }
            })
            .await;
        assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 1, "{answers:?}");
        let taken = |it: &Result<(), CommitError>| matches!(it, Err(CommitError::Taken(Taken("signing_key"))));
        assert!(answers.iter().filter(|it| it.is_err()).all(taken), "{answers:?}");
        assert_eq!(rig.count("signing_keys").await, there);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_counts_until_it_retires_and_is_sealed_meanwhile() {
    let rig = Rig::new().await;
    let act = rig.act();
    let (old, young) = (key(&act, Algorithm::Hs256), key(&act, Algorithm::Hs256));
    rig.stores[0].commit(unit(&act, Write::Add(old.clone()))).await.unwrap();
    assert_eq!(rig.stores[1].counting(act.at).await.unwrap().as_slice(), std::slice::from_ref(&old));
    let retires_at = act.at + TimeDelta::hours(1);
    let next = SigningKey { retires_at: Some(retires_at), ..old.clone() };
    let rotation = unit(&act, Write::Save { expected: old.clone(), next: next.clone() });
    let young = SigningKey { created_at: act.at + TimeDelta::seconds(1), ..young };
    rig.stores[0].commit(rotation.and(unit(&act, Write::Add(young.clone())))).await.unwrap();
    let retiring = SigningKey { version: 1, ..next };
    let moment = TimeDelta::microseconds(1);
    assert_eq!(rig.stores[1].counting(retires_at - moment).await.unwrap(), [retiring, young.clone()]);
    assert_eq!(rig.stores[1].counting(retires_at).await.unwrap().as_slice(), std::slice::from_ref(&young));

    let secret = young.secret.as_ref().unwrap().expose().to_owned();
    let plain = format!("signing_keys WHERE position('{secret}' IN encode(sealed, 'escape')) > 0");
    assert_eq!(rig.count(&plain).await, 0);
    // Bound to its place: another row's secret does not open.
    rig.database
        .execute("UPDATE signing_keys SET sealed = (SELECT sealed FROM signing_keys WHERE retires_at IS NOT NULL)")
        .await;
    let [sealed] = rig.stores[1].counting(retires_at).await.unwrap().try_into().unwrap();
    assert_eq!((sealed.id, sealed.secret), (young.id, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_does_not_open_goes_only_where_somebody_says_so() {
    let rig = Rig::new().await;
    let store = Arc::new(rig.stores[0].clone());
    let rotate = RotateKeys { store: store.clone(), keys: store.clone(), algorithm: Algorithm::Hs256 };
    rotate.ensure(&rig.act()).await.unwrap();
    rig.database.execute("UPDATE signing_keys SET sealed = 'sealed under another'").await;
    assert!(matches!(rotate.ensure(&rig.act()).await, Err(identity::Error::SigningKeySealed)));
    let new = rotate.run(&rig.act(), Retire::AtOnce).await.unwrap();
    assert!(new.secret.is_some());
    rotate.ensure(&rig.act()).await.unwrap();
    let left = rig.stores[1].counting(rig.act().at).await.unwrap();
    assert_eq!(left.iter().map(|it| it.id).collect::<Vec<_>>(), [new.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_or_rotate_at_once_agree_on_one_key() {
    let rig = Rig::new().await;
    let rotate = |store: adapter_postgres::PgStore| {
        let store = Arc::new(store);
        RotateKeys { store: store.clone(), keys: store, algorithm: Algorithm::EdDsa }
    };
    let act = rig.act();
    rig.race(8, |_, store| {
        let act = rig.act();
        async move { rotate(store).ensure(&act).await.unwrap() }
    })
    .await;
    assert_eq!(rig.count("signing_keys").await, 1);
    let answers = rig
        .race(4, |_, store| {
            let act = rig.act();
            async move { rotate(store).run(&act, Retire::After(TimeDelta::minutes(15))).await.is_ok() }
        })
        .await;
    let made = i64::try_from(answers.iter().filter(|it| **it).count()).unwrap();
    assert!(made > 0, "nobody rotated");
    assert!(rig.count("signing_keys").await > made - 1);
    assert_eq!(rig.count("signing_keys WHERE retires_at IS NULL").await, 1);
    assert!(rig.stores[0].counting(act.at).await.unwrap().len() > 1, "what is signed still counts");
}
