//! Ways in beside the password, and what several of these tests make of them.

use std::fmt::Debug;

use identity::ports::{Identities, Passkeys, Totps};
use identity::rules::{Proof, session_guard, start_session};
use identity::{
    Action, Approved, Change, Code, Factor, Judged, Key, KeyOwner, Label, Lifetimes, Passkey, Provider,
    ProviderIdentity, Scopes, Term, Totp, User,
};
use kernel::{Act, CommitError, OrganizationId, Permission, Store, Taken, UnitOfWork, Write};
use serde_json::json;

use crate::support::rig::{Rig, uuid};

pub fn unit(act: &Act, user: &User, changes: impl IntoIterator<Item = Change>) -> UnitOfWork<Change> {
    changes.into_iter().fold(UnitOfWork::of(act, &Action::UserUpdated(user.id)), UnitOfWork::change)
}

pub fn passkey(act: &Act, user: &User) -> Passkey {
    Passkey {
        id: act.id(),
        user: user.id,
        name: Label::parse(&format!("The phone of {}", user.username)).unwrap(),
        credential: act.ids.bytes().to_vec(),
        public: json!({"counter": 1, "key": [1, 2, {"x": "y"}]}),
        created_at: act.at,
        last_used_at: None,
        version: 0,
    }
}

pub fn identity(act: &Act, user: &User, provider: Provider) -> ProviderIdentity {
    ProviderIdentity {
        id: act.id(),
        user: user.id,
        provider,
        issuer: format!("https://{}.example.com", provider.as_str()),
        subject: act.token().secret().expose().to_owned(),
        email: Some(user.email.clone()),
        created_at: act.at,
        version: 0,
    }
}

/// A personal token.
pub fn token(act: &Act, user: &User) -> Key {
    Key {
        id: act.id(),
        owner: KeyOwner::User(user.id),
        maker: user.id,
        organization: None,
        name: Label::parse("nightly").unwrap(),
        hash: act.token().hash(),
        hint: "pcp_…0000".to_owned(),
        scopes: Scopes::Only(vec![Permission::known("team.view")]),
        multi_factor: true,
        previous: None,
        expires_at: None,
        created_at: act.at,
        text_at: act.at,
        version: 0,
    }
}

pub fn organization_key(act: &Act, maker: &User, organization: OrganizationId) -> Key {
    Key {
        owner: KeyOwner::Organization(organization),
        organization: Some(organization),
        scopes: Scopes::Admin,
        ..token(act, maker)
    }
}

/// What makes codes, a passkey and an account at a provider.
pub fn all_of(act: &Act, user: &User) -> UnitOfWork<Change> {
    let add = [
        Change::Totp(Write::Add(Totp::generate(act, user.id).0)),
        Change::Passkey(Write::Add(passkey(act, user))),
        Change::Identity(Write::Add(identity(act, user, Provider::Google))),
    ];
    unit(act, user, add)
}

/// Adds it, changes it and removes it, each where its version still holds, and only there.
async fn holds_to_versions<T: Clone + PartialEq + Debug>(
    rig: &Rig,
    user: &User,
    (first, second): (T, T),
    change: impl Fn(Write<T>) -> Change,
    stored: impl AsyncFn() -> Option<T>,
) {
    let commit = async |write| rig.stores[1].commit(unit(&rig.act(), user, [change(write)])).await;
    let stale = |answer: Result<(), CommitError>| assert!(matches!(answer, Err(CommitError::Stale)), "{answer:?}");
    assert_eq!(stored().await, None);
    commit(Write::Add(first.clone())).await.unwrap();
    assert_eq!(stored().await, Some(first.clone()));
    commit(Write::Save { expected: first.clone(), next: second.clone() }).await.unwrap();
    let saved = stored().await.unwrap();
    assert_ne!(saved, second, "its version has moved on");
    stale(commit(Write::Save { expected: first.clone(), next: second.clone() }).await);
    stale(commit(Write::Remove { expected: first.clone() }).await);
    assert_eq!(stored().await.as_ref(), Some(&saved));
    commit(Write::Save { expected: saved.clone(), next: first.clone() }).await.unwrap();
    stale(commit(Write::Remove { expected: saved }).await);
    let expected = stored().await.unwrap();
    commit(Write::Remove { expected: expected.clone() }).await.unwrap();
    assert_eq!(stored().await, None);
    stale(commit(Write::Remove { expected }).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn store_2_ways_in_change_only_from_what_they_were() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let acme = rig.organization("acme", ada.id).await.id;
    let act = rig.act();
    rig.stores[0].commit(all_of(&act, &bob)).await.unwrap();
    rig.stores[0].commit(unit(&act, &bob, [Change::Key(Write::Add(token(&act, &bob)))])).await.unwrap();

    let totp = Totp::generate(&act, ada.id).0;
    let next = Totp { confirmed_at: Some(act.at), last_step: 9, recovery_codes: Vec::new(), ..totp.clone() };
    let next = Totp { secret: Totp::generate(&act, ada.id).0.secret, ..next };
    holds_to_versions(&rig, &ada, (totp, next), Change::Totp, async || {
        Totps::of(&rig.stores[0], ada.id).await.unwrap()
    })
    .await;

    let first = passkey(&act, &ada);
    let next = Passkey { public: json!({"counter": 2}), last_used_at: Some(act.at), ..first.clone() };
    let credential = first.credential.clone();
    holds_to_versions(&rig, &ada, (first, next), Change::Passkey, async || {
        let found = rig.pools[0].by_credential(&credential).await.unwrap();
        let all = Passkeys::of(rig.pools[0].as_ref(), ada.id).await.unwrap();
        assert_eq!(all.as_slice(), found.as_slice());
        found
    })
    .await;

    let first = identity(&act, &ada, Provider::Microsoft);
    let next = ProviderIdentity { email: None, ..first.clone() };
    let (issuer, subject) = (first.issuer.clone(), first.subject.clone());
    holds_to_versions(&rig, &ada, (first, next), Change::Identity, async || {
        let found = rig.pools[0].by_subject(&issuer, &subject).await.unwrap();
        let all = Identities::of(rig.pools[0].as_ref(), ada.id).await.unwrap();
        assert_eq!(all.as_slice(), found.as_slice());
        found
    })
    .await;

    let previous = Some((act.token().hash(), act.at));
    let personal = Key { organization: Some(acme), ..token(&act, &ada) };
    for first in [personal, organization_key(&act, &ada, acme)] {
        let next = Key {
            maker: bob.id,
            hash: act.token().hash(),
            hint: "hbx_…1111".to_owned(),
            scopes: Scopes::Only(Vec::new()),
            multi_factor: false,
            previous,
            expires_at: Some(act.at),
            text_at: act.at + chrono::TimeDelta::seconds(1),
            ..first.clone()
        };
        let id = first.id;
        holds_to_versions(&rig, &ada, (first, next), Change::Key, async || {
            identity::ports::Keys::by_id(rig.pools[0].as_ref(), id).await.unwrap()
        })
        .await;
    }
    assert_eq!(rig.count("keys").await, 1, "Bob's");
}

#[tokio::test(flavor = "multi_thread")]
async fn store_2_of_two_secrets_made_at_once_one_is_there() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let answers = rig
        .race(8, |_, store| {
            let act = rig.act();
            let add = Change::Totp(Write::Add(Totp::generate(&act, ada.id).0));
            let unit = unit(&act, &ada, [add]);
            async move { store.commit(unit).await }
        })
        .await;
    assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|it| matches!(it, Ok(()) | Err(CommitError::Stale))), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn store_3_a_passkey_and_an_account_at_a_provider_are_one_users_alone() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let act = rig.act();
    let (key, account) = (passkey(&act, &ada), identity(&act, &ada, Provider::Google));
    let add = [Change::Passkey(Write::Add(key.clone())), Change::Identity(Write::Add(account.clone()))];
    rig.stores[0].commit(unit(&act, &ada, add)).await.unwrap();
    for (change, field) in [
        (Change::Passkey(Write::Add(Passkey { id: act.id(), user: bob.id, ..key })), "passkey"),
        (Change::Identity(Write::Add(ProviderIdentity { id: act.id(), user: bob.id, ..account.clone() })), "identity"),
        // Each user has at most one at a provider.
        (Change::Identity(Write::Add(identity(&act, &ada, Provider::Google))), "identity"),
    ] {
        let answer = rig.stores[1].commit(unit(&act, &bob, [change])).await;
        assert!(matches!(answer, Err(CommitError::Taken(Taken(it))) if it == field), "{answer:?}");
    }
    // Subjects are those of one issuer.
    let elsewhere = ProviderIdentity {
        id: act.id(),
        user: bob.id,
        provider: Provider::Microsoft,
        issuer: "https://login.example.net".to_owned(),
        ..account
    };
    rig.stores[0].commit(unit(&act, &bob, [Change::Identity(Write::Add(elsewhere))])).await.unwrap();
    assert_eq!((rig.count("passkeys").await, rig.count("provider_identities").await), (1, 2));
}

/// A hundred sign-ins by one code, decided at once: all but one are decided on anew, and find it used.
#[tokio::test(flavor = "multi_thread")]
async fn store_2_a_code_lets_one_through() {
    let rig = Rig::new().await;
    let ada = rig.user("ada").await;
    let act = rig.act();
    let (made, codes) = Totp::generate(&act, ada.id);
    let made = Totp { confirmed_at: Some(act.at), ..made };
    rig.stores[0].commit(unit(&act, &ada, [Change::Totp(Write::Add(made))])).await.unwrap();
    for (factor, sessions) in [(Factor::Totp, 1), (Factor::RecoveryCode, 2)] {
        let known = Totps::of(&rig.stores[0], ada.id).await.unwrap().unwrap();
        let secret = totp_rs::Secret::try_from_base32(known.secret.expose()).unwrap();
        let generator = totp_rs::Builder::new().with_secret(secret).build().unwrap();
        let shown = generator.generate(act.at.timestamp().try_into().unwrap()).to_string();
        let code = match factor {
            Factor::Totp => Code::Totp(kernel::Secret::new(shown)),
            _ => Code::Recovery(codes[3].clone()),
        };
        let Judged::Right(left) = known.judge(&code, act.at) else { panic!("it is right") };
        let answers = rig
            .race(100, |_, store| {
                let act = rig.act();
                let proof = Proof::now(&act, [Factor::Password, factor]);
                let lifetimes = Lifetimes::default();
                let begin = start_session(proof, &act, act.id(), &ada, None, Term::Usual, &lifetimes).0;
                let approved = Approved::Code(factor, Box::new((known.clone(), left.clone())));
                let unit = approved.spend(&act, &ada, begin.expect(session_guard(&ada)));
                async move { store.commit(unit).await }
            })
            .await;
        assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 1, "{answers:?}");
        assert!(answers.iter().all(|it| matches!(it, Ok(()) | Err(CommitError::Stale))), "{answers:?}");
        assert_eq!(rig.count("sessions").await, sessions);
        let known = Totps::of(&rig.stores[1], ada.id).await.unwrap().unwrap();
        assert!(!matches!(known.judge(&code, act.at), Judged::Right(_)), "{known:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_sealed_where_it_stands_and_a_fault_where_it_does_not_open() {
    let rig = Rig::new().await;
    let (ada, bob) = (rig.user("ada").await, rig.user("bob").await);
    let act = rig.act();
    let made = Totp::generate(&act, ada.id).0;
    for (user, totp) in [(&ada, made.clone()), (&bob, Totp::generate(&act, bob.id).0)] {
        rig.stores[0].commit(unit(&act, user, [Change::Totp(Write::Add(totp))])).await.unwrap();
    }
    let plain = format!("totps WHERE position('{}' IN encode(sealed, 'escape')) > 0", made.secret.expose());
    assert_eq!(rig.count(&plain).await, 0);
    let another = format!(
        "UPDATE totps SET sealed = (SELECT sealed FROM totps WHERE user_id = '{}') WHERE user_id = '{}'",
        uuid(ada.id),
        uuid(bob.id)
    );
    rig.database.execute(&another).await;
    assert_eq!(Totps::of(&rig.stores[1], ada.id).await.unwrap(), Some(made));
    Totps::of(&rig.stores[1], bob.id).await.unwrap_err();
}
