use identity::ports::Keys;
use identity::rules::{NewKey, make_key, revoke_key, rotate_key};
use identity::{Change, Key, KeyOwner, KeyPrefixes, Label, Scopes, User};
use kernel::{KeyId, PageRequest, Secret, SignalSink, Store, TokenHash, Write};

use super::ways_in::{organization_key, token, unit};
use crate::support::eventually;
use crate::support::rig::{Rig, uuid};

fn new_key(owner: KeyOwner) -> NewKey {
    NewKey {
        owner,
        organization: if let KeyOwner::Organization(id) = owner { Some(id) } else { None },
        name: Label::parse("nightly").unwrap(),
        scopes: Scopes::Admin,
        multi_factor: false,
        expires_at: None,
    }
}

/// Made as people make them.
async fn make(rig: &Rig, maker: &User, owner: KeyOwner) -> (Key, Secret) {
    let (unit, key, text) = make_key(&rig.act(), &KeyPrefixes::default(), maker, new_key(owner));
    rig.stores[0].commit(unit).await.unwrap();
    (key, text)
}

fn hash(text: &Secret) -> TokenHash {
    TokenHash::of(text.expose())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_found_by_what_it_is_and_what_it_was_before() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let (key, first) = make(&rig, &ada, KeyOwner::Organization(acme)).await;
    let found = async |text: &Secret| rig.pools[1].by_hash(&hash(text)).await.unwrap();
    assert_eq!(found(&first).await.as_ref(), Some(&key));
    assert_eq!(found(&Secret::new("hbx_none")).await, None);

    let hour = chrono::TimeDelta::hours(1);
    let act = rig.act();
    let (unit, _, second) = rotate_key(&act, &KeyPrefixes::default(), &key, (&ada, true), hour);
    rig.stores[0].commit(unit).await.unwrap();
    let rotated = found(&second).await.unwrap();
    assert_eq!(found(&first).await.as_ref(), Some(&rotated));
    assert_eq!((rotated.previous, rotated.version), (Some((key.hash, act.at + hour)), 1));
    assert!(rotated.is_good(&hash(&first), act.at) && !rotated.is_good(&hash(&first), act.at + hour));

    let (unit, _, third) =
        rotate_key(&rig.act(), &KeyPrefixes::default(), &rotated, (&ada, true), chrono::TimeDelta::zero());
    rig.stores[0].commit(unit).await.unwrap();
    assert_eq!((found(&first).await, found(&second).await), (None, None));
    let last = found(&third).await.unwrap();
    assert_eq!(rig.pools[0].by_id(key.id).await.unwrap(), Some(last.clone()));
    rig.stores[1].commit(revoke_key(&rig.act(), &last)).await.unwrap();
    assert_eq!((found(&third).await, rig.pools[0].by_id(key.id).await.unwrap()), (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_found_only_while_its_maker_may_act_and_its_organization_lives() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let acme = rig.organization("acme", ada.id).await.id;
    let act = rig.act();
    let previous = act.token().hash();
    let of_acme = Key { previous: Some((previous, act.at)), ..organization_key(&act, &ada, acme) };
    let of_ada = Key { organization: Some(acme), ..token(&act, &ada) };
    let of_bob = token(&act, &bob);
    let add = [&of_acme, &of_ada, &of_bob].map(|it| Change::Key(Write::Add(it.clone())));
    rig.stores[0].commit(unit(&act, &ada, add)).await.unwrap();
    let found = async || {
        let mut found = Vec::new();
        for hash in [&of_acme.hash, &previous, &of_ada.hash, &of_bob.hash] {
            found.push(rig.pools[1].by_hash(hash).await.unwrap().is_some());
        }
        found
    };
    assert_eq!(found().await, [true; 4]);
    for status in ["suspended", "deleted", "erased", "active"] {
        rig.database.execute(&format!("UPDATE users SET status = '{status}' WHERE id = '{}'", uuid(ada.id))).await;
        let lives = status == "active";
        assert_eq!(found().await, [lives, lives, lives, true], "{status}");
        assert!(rig.pools[0].by_id(of_acme.id).await.unwrap().is_some(), "{status}");
    }
    rig.database.execute("UPDATE organizations SET deleted_at = now()").await;
    assert_eq!(found().await, [false, false, true, true], "a token is its owner's, wherever it acts");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_listed_the_newest_first_and_nobody_elses() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let acme = rig.organization("acme", ada.id).await.id;
    let act = rig.act();
    let mut made = Vec::new();
    for i in 0..5 {
        // Two of each moment.
        let created_at = act.at + chrono::TimeDelta::seconds(i / 2);
        for key in [organization_key(&act, &ada, acme), token(&act, &ada), token(&act, &bob)] {
            made.push(Key { created_at, ..key });
        }
    }
    let add = made.iter().map(|it| Change::Key(Write::Add(it.clone())));
    rig.stores[0].commit(unit(&act, &ada, add)).await.unwrap();
    for owner in [KeyOwner::Organization(acme), KeyOwner::User(ada.id), KeyOwner::User(bob.id)] {
        let mut expected: Vec<KeyId> = made.iter().filter(|it| it.owner == owner).map(|it| it.id).collect();
        let moment = |id: &KeyId| made.iter().find(|it| it.id == *id).map(|it| it.created_at);
        expected.sort_by_key(|id| std::cmp::Reverse((moment(id), uuid(*id))));
        let mut listed = Vec::new();
        let mut page = PageRequest { limit: 2, after: None };
        loop {
            let part = rig.pools[0].of(owner, page.clone()).await.unwrap();
            assert!(part.data.iter().all(|(_, used)| used.is_none()));
            listed.extend(part.data.into_iter().map(|(key, _)| key.id));
            page.after = part.next;
            if page.after.is_none() {
                break;
            }
        }
        assert_eq!(listed, expected, "{owner:?}");
    }
}

/// What another node knows by heart, it forgets when it is told.
#[tokio::test(flavor = "multi_thread")]
async fn other_nodes_learn_that_a_key_is_another_or_its_maker_may_act_no_more() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let acme = rig.organization("acme", ada.id).await.id;
    let _listener = rig.pools[1].listen(rig.nodes[1].clone());
    eventually("the other node hears", async || rig.nodes[1].hears()).await;
    let good = async |node: usize, text: &Secret| {
        rig.nodes[node].key(text.expose(), rig.act().at).await.unwrap().is_some_and(|it| it.1.is_none())
    };
    let (revoked, one) = make(&rig, &ada, KeyOwner::Organization(acme)).await;
    let (rotated, two) = make(&rig, &ada, KeyOwner::Organization(acme)).await;
    let (_, three) = make(&rig, &ada, KeyOwner::User(ada.id)).await;
    rig.nodes[0].alive();
    for text in [&one, &two, &three] {
        assert!(good(0, text).await && good(1, text).await);
    }
    rig.stores[0].commit(revoke_key(&rig.act(), &revoked)).await.unwrap();
    let no_overlap = chrono::TimeDelta::zero();
    let (unit, ..) = rotate_key(&rig.act(), &KeyPrefixes::default(), &rotated, (&ada, true), no_overlap);
    rig.stores[0].commit(unit).await.unwrap();
    let next = User { status: identity::UserStatus::Suspended, ..ada.clone() };
    let suspend = Change::User(Write::Save { expected: ada.clone(), next });
    rig.stores[0].commit(super::ways_in::unit(&rig.act(), &ada, [suspend])).await.unwrap();
    rig.nodes[0].alive();
    for text in [&one, &two, &three] {
        assert!(!good(0, text).await, "this node knows at once");
        eventually("the other node knows", async || !good(1, text).await).await;
    }
}
