use kernel::testing::{NOON, act, nth};
use kernel::{CommitError, Outcome};

use super::*;
use crate::model::Passkey;
use crate::world::{World, john, johns_session, passkey, totp};

fn use_case(world: &World) -> RemoveWayIn {
    RemoveWayIn {
        store: world.store(),
        users: world.users(),
        sessions: world.sessions(),
        totps: world.totps(),
        passkeys: world.passkeys(),
        identities: world.identities(),
        standings: world.standings(),
    }
}

fn identity(provider: Provider) -> ProviderIdentity {
    ProviderIdentity {
        id: nth(if provider == Provider::Google { 90 } else { 91 }),
        user: nth(50),
        provider,
        issuer: provider.as_str().to_owned(),
        subject: "1".to_owned(),
        email: None,
        created_at: NOON,
        version: 1,
    }
}

/// John's ways in besides, with or without a password.
fn world(password: bool, passkeys: &[u8], identities: &[Provider]) -> World {
    let user = User { password: john().password.filter(|_| password), ..john() };
    World {
        passkeys: passkeys.iter().map(|n| passkey(*n, 50)).chain([passkey(99, 77)]).collect(),
        identities: identities.iter().map(|it| identity(*it)).collect(),
        ..World::of(vec![Some(user)])
    }
}

async fn remove_passkey(world: &World, n: u64) -> Result<(), Error> {
    use_case(world).passkey(&act(), (nth(50), nth(51)), nth(n)).await
}

async fn unlink(world: &World, wanted: IdentityRef) -> Result<(), Error> {
    use_case(world).identity(&act(), (nth(50), nth(51)), wanted).await
}

/// What goes, beside the user whose version moves on and the other sessions.
fn removed(world: &World) -> Change {
    let mut changes = world.store.only().changes;
    let Change::User(Write::Save { expected, next }) = changes.remove(0) else { panic!("{changes:?}") };
    assert_eq!(expected, next, "saved as it is: of two at once one is decided on anew");
    assert_eq!(changes.remove(0), Change::EndSessions { user: nth(50), except: Some(nth(51)), at: NOON });
    changes.remove(0)
}

#[tokio::test]
async fn a_passkey_goes_and_its_owner_is_told() {
    let world = world(true, &[1, 2], &[]);
    remove_passkey(&world, 1).await.unwrap();
    assert_eq!(removed(&world), Change::Passkey(Write::Remove { expected: passkey(1, 50) }));
    assert_eq!(world.written(), [("passkey.removed", Outcome::Done)]);
    let unit = world.store.only();
    assert_eq!(unit.evidence.mail[0].template, "passkey_removed");
    assert!(unit.evidence.mail[0].values.iter().any(|(key, value)| *key == "name" && value.expose() == "Key 1"));
}

#[tokio::test]
async fn with_the_last_passkey_the_session_has_given_none() {
    let with = |given: &[Factor]| Session { factors: Factors::of(given.iter().copied()), ..johns_session() };
    for (given, left) in [
        (&[Factor::Passkey][..], &[][..]),
        (&[Factor::Password, Factor::Passkey], &[Factor::Password]),
        (&[Factor::Password, Factor::Totp, Factor::Passkey], &[Factor::Password, Factor::Totp]),
        (&[Factor::Password], &[Factor::Password]),
    ] {
        let world = World { session: Some(with(given)), ..world(true, &[1], &[]) };
        remove_passkey(&world, 1).await.unwrap();
        let less = Change::Session(Write::Save { expected: with(given), next: with(left) });
        assert_eq!(world.store.only().changes.last(), Some(&less));
    }
    // By which of two it was, nobody knows: one is left.
    let world = World { session: Some(with(&[Factor::Passkey])), ..world(true, &[1, 2], &[]) };
    remove_passkey(&world, 1).await.unwrap();
    assert!(!world.store.only().changes.iter().any(|it| matches!(it, Change::Session(_))));
}

#[tokio::test]
async fn who_has_left_removes_no_last_passkey() {
    let ended = Session { ended_at: Some(NOON), ..johns_session() };
    for session in [None, Some(ended)] {
        let world = World { session, ..world(true, &[1], &[]) };
        assert!(matches!(remove_passkey(&world, 1).await, Err(Error::TokenInvalid)));
        world.wrote_nothing();
    }
}

#[tokio::test]
async fn an_account_at_a_provider_goes_by_its_id_or_its_provider() {
    for wanted in [IdentityRef::Id(nth(91)), IdentityRef::At(Provider::Microsoft)] {
        let world = world(true, &[], &[Provider::Google, Provider::Microsoft]);
        unlink(&world, wanted).await.unwrap();
        assert_eq!(removed(&world), Change::Identity(Write::Remove { expected: identity(Provider::Microsoft) }));
        assert_eq!(world.written(), [("identity.unlinked", Outcome::Done)]);
        assert_eq!(world.mailed(), [("identity_unlinked", "user@example.com".to_owned())]);
    }
}

#[tokio::test]
async fn the_last_way_in_stays() {
    for (password, passkeys, identities, stays) in [
        (false, &[1][..], &[][..], true),
        (true, &[1], &[], false),
        (false, &[1, 2], &[], false),
        (false, &[1], &[Provider::Google], false),
    ] {
        let world = world(password, passkeys, identities);
        let outcome = remove_passkey(&world, 1).await;
        assert_eq!(matches!(outcome, Err(Error::LastWayIn)), stays, "{passkeys:?} {identities:?} {outcome:?}");
        assert_eq!(world.store.all().is_empty(), stays);
    }
    for (password, passkeys, identities, stays) in [
        (false, &[][..], &[Provider::Google][..], true),
        (true, &[], &[Provider::Google], false),
        (false, &[1], &[Provider::Google], false),
        (false, &[], &[Provider::Google, Provider::Microsoft], false),
    ] {
        let world = world(password, passkeys, identities);
        let outcome = unlink(&world, IdentityRef::At(Provider::Google)).await;
        assert_eq!(matches!(outcome, Err(Error::LastWayIn)), stays, "{passkeys:?} {identities:?} {outcome:?}");
        assert_eq!(world.store.all().is_empty(), stays);
    }
}

#[tokio::test]
async fn the_last_factor_stays_as_long_as_an_organization_demands_more_than_one() {
    for (totps, passkeys, stays) in
        [(vec![None], &[1][..], true), (vec![Some(totp())], &[1], false), (vec![None], &[1, 2], false)]
    {
        let world = World { totps, demands_mfa: true, ..world(true, passkeys, &[]) };
        let outcome = remove_passkey(&world, 1).await;
        assert_eq!(matches!(outcome, Err(Error::MfaDemanded)), stays, "{outcome:?}");
    }
    let unconfirmed = crate::model::Totp { confirmed_at: None, ..totp() };
    let world = World { totps: vec![Some(unconfirmed)], demands_mfa: true, ..world(true, &[1], &[]) };
    assert!(matches!(remove_passkey(&world, 1).await, Err(Error::MfaDemanded)));
}

#[tokio::test]
async fn anothers_is_not_found() {
    let world = world(true, &[1], &[Provider::Google]);
    for n in [99, 3] {
        assert!(matches!(remove_passkey(&world, n).await, Err(Error::PasskeyNotFound)));
    }
    for wanted in [IdentityRef::At(Provider::Microsoft), IdentityRef::Id(nth(91))] {
        assert!(matches!(unlink(&world, wanted).await, Err(Error::IdentityNotFound)));
    }
    world.wrote_nothing();
}

#[tokio::test(start_paused = true)]
async fn of_two_last_ones_that_go_at_once_one_stays() {
    let world = world(false, &[], &[]).failing([CommitError::Stale]);
    let mut passkeys = crate::ports::MockPasskeys::new();
    let mut read = vec![vec![passkey(1, 50), passkey(2, 50)], vec![passkey(1, 50)]];
    passkeys.expect_of().returning(move |_| Ok(read.remove(0)) as Result<Vec<Passkey>, _>);
    let remove = RemoveWayIn { passkeys: Arc::new(passkeys), ..use_case(&world) };
    assert!(matches!(remove.passkey(&act(), (nth(50), nth(51)), nth(1)).await, Err(Error::LastWayIn)));
    assert_eq!(world.store.all().len(), 1);
}
