use kernel::testing::{NOON, act, nth};
use kernel::{CommitError, Guard, Outcome, TokenHash};

use super::*;
use crate::world::{World, totp};

async fn replace(world: &World) -> Result<RecoveryCodes, Error> {
    ReplaceRecoveryCodes { store: world.store(), users: world.users(), totps: world.totps() }
        .run(&act(), nth(50), nth(51))
        .await
}

#[tokio::test]
async fn the_new_ones_take_the_place_of_all_old_ones() {
    let world = World::john_with_mfa();
    let shown = replace(&world).await.unwrap().0;
    let unit = world.store.only();
    let hash = |code: &kernel::Secret| TokenHash::of(&code.expose().replace('-', ""));
    let next = Totp { recovery_codes: shown.iter().map(hash).collect(), ..totp() };
    assert_eq!(shown.len(), 8);
    assert!(next.recovery_codes.iter().all(|it| !totp().recovery_codes.contains(it)));
    assert_eq!(
        unit.changes,
        [
            Change::Totp(Write::Save { expected: totp(), next }),
            Change::EndSessions { user: nth(50), except: Some(nth(51)), at: NOON },
        ]
    );
    assert_eq!(unit.guards, [Guard::User { user: nth(50), version: 1 }]);
    assert_eq!(world.written(), [("mfa.recovery_codes_replaced", Outcome::Done)]);
    assert_eq!(world.mailed(), [("recovery_codes_replaced", "user@example.com".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_code_used_meanwhile_does_not_come_back() {
    let used = Totp { recovery_codes: totp().recovery_codes[1..].to_vec(), last_step: 7, version: 5, ..totp() };
    let world = World { totps: vec![Some(totp()), Some(used.clone())], ..World::john() };
    let world = world.failing([CommitError::Stale]);
    replace(&world).await.unwrap();
    let Change::Totp(Write::Save { expected, next }) = &world.store.all()[1].changes[0] else { panic!() };
    assert_eq!((expected, next.last_step), (&used, 7));
}

#[tokio::test]
async fn where_it_is_off_there_is_nothing_to_replace() {
    for totps in [vec![None], vec![Some(Totp { confirmed_at: None, ..totp() })]] {
        let world = World { totps, ..World::john() };
        assert!(matches!(replace(&world).await, Err(Error::IllegalState)));
        world.wrote_nothing();
    }
    assert!(matches!(replace(&World::nobody()).await, Err(Error::TokenInvalid)));
}
