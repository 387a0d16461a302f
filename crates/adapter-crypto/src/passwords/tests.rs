use std::sync::mpsc;

use super::pool::BREATHER;
use super::*;

const CHEAP: Argon2Parameters = Argon2Parameters { memory: 8, passes: 1, lanes: 1 };

fn hasher() -> Argon2Hasher {
    Argon2Hasher::new(CHEAP).unwrap()
}

fn stored(text: &str) -> PasswordHash {
    PasswordHash(Secret::new(text))
}

#[tokio::test]
async fn only_the_password_passes() {
    let hasher = hasher();
    let hash = hasher.hash(&Secret::new("Tr0ub4dor&3")).await.unwrap();
    assert!(hasher.verify(&Secret::new("Tr0ub4dor&3"), Some(hash.clone())).await.unwrap());
    for other in ["Tr0ub4dor&4", "Tr0ub4dor&3 ", "tr0ub4dor&3", "Tr0ub4dor&3\0", ""] {
        assert!(!hasher.verify(&Secret::new(other), Some(hash.clone())).await.unwrap(), "{other:?}");
    }
}

#[tokio::test]
async fn a_long_password_counts_to_its_end() {
    let (hasher, long) = (hasher(), "Tr0ub4dor&3".repeat(12));
    let hash = hasher.hash(&Secret::new(&*long)).await.unwrap();
    assert!(hasher.verify(&Secret::new(&*long), Some(hash.clone())).await.unwrap());
    for cut in [72, 73, long.len() - 1] {
        assert!(!hasher.verify(&Secret::new(&long[..cut]), Some(hash.clone())).await.unwrap(), "cut at {cut}");
    }
}

#[tokio::test]
async fn a_hash_says_how_it_was_made() {
    let hash = Argon2Hasher::new(Argon2Parameters::default()).unwrap().hash(&Secret::new("x")).await.unwrap();
    assert!(hash.0.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.0.expose());
    assert_eq!(hash.0.expose().split('$').skip(4).map(str::len).collect::<Vec<_>>(), [22, 43]);
}

#[tokio::test]
async fn a_hash_of_other_parameters_still_counts() {
    // More memory than this hasher's threads keep, and less; in between its own, which must not suffer.
    let hasher = Argon2Hasher::with_pool(Argon2Parameters { memory: 32, passes: 1, lanes: 1 }, 1, 8).unwrap();
    let own = hasher.hash(&Secret::new("own")).await.unwrap();
    for other in [
        Argon2Parameters { memory: 64, passes: 2, lanes: 1 },
        Argon2Parameters { memory: 8, passes: 3, lanes: 1 },
        Argon2Parameters { memory: 67, passes: 1, lanes: 4 },
    ] {
        let hash = Argon2Hasher::new(other).unwrap().hash(&Secret::new("Tr0ub4dor&3")).await.unwrap();
        assert!(hasher.verify(&Secret::new("Tr0ub4dor&3"), Some(hash.clone())).await.unwrap(), "{other:?}");
        assert!(!hasher.verify(&Secret::new("Tr0ub4dor&4"), Some(hash)).await.unwrap(), "{other:?}");
        assert!(hasher.verify(&Secret::new("own"), Some(own.clone())).await.unwrap());
    }
}

#[tokio::test]
async fn what_is_made_otherwise_is_outdated() {
    let hasher = hasher();
    let today = hasher.hash(&Secret::new("x")).await.unwrap();
    assert!(!hasher.is_outdated(&today));
    for other in [
        Argon2Parameters { memory: 16, ..CHEAP },
        Argon2Parameters { passes: 2, ..CHEAP },
        Argon2Parameters { memory: 16, lanes: 2, ..CHEAP },
    ] {
        let hash = Argon2Hasher::new(other).unwrap().hash(&Secret::new("x")).await.unwrap();
        assert!(hasher.is_outdated(&hash), "{other:?}");
    }
    let today = today.0.expose().to_owned();
    for (what, with) in [("argon2id", "argon2i"), ("argon2id", "argon2d"), ("v=19", "v=16"), ("$v=19", "")] {
        assert!(hasher.is_outdated(&stored(&today.replace(what, with))), "{with}");
    }
    for short in [today[..today.len() - 22].to_owned(), today.replace(today.split('$').nth(4).unwrap(), "AAECAwQFBgc")]
    {
        assert!(hasher.is_outdated(&stored(&short)), "{short}");
    }
    for other in ["", "not a hash", "$2b$05$abcdefghijklmnopqrstuuI.9o0FXCCPJ9DZM9iA7IznE4kCyKDUe"] {
        assert!(hasher.is_outdated(&stored(other)), "{other}");
    }
}

#[tokio::test]
async fn hasher_1_equal_passwords_get_different_hashes() {
    let hasher = hasher();
    let (one, other) = (hasher.hash(&Secret::new("same")).await.unwrap(), hasher.hash(&Secret::new("same")).await);
    assert_ne!(one, other.unwrap());
}

#[tokio::test]
async fn hasher_2_a_full_queue_answers_at_once() {
    let hasher = Arc::new(Argon2Hasher::with_pool(CHEAP, 1, 1).unwrap());
    let password = Secret::new("x");
    let (release, released) = mpsc::channel::<()>();
    let busy = Arc::clone(&hasher);
    let busy = tokio::spawn(async move { busy.pool.run(move |_| Ok(released.recv().is_err())).await });
    let waiting = {
        let (hasher, password) = (Arc::clone(&hasher), password.clone());
        tokio::spawn(async move { hasher.hash(&password).await })
    };
    tokio::task::yield_now().await;

    assert!(matches!(hasher.hash(&password).await, Err(Fault::Overloaded(BREATHER))));
    // HASHER-3: without a hash the way is the same.
    assert!(matches!(hasher.verify(&password, None).await, Err(Fault::Overloaded(BREATHER))));

    drop(release);
    assert!(busy.await.unwrap().unwrap());
    waiting.await.unwrap().unwrap();
    assert!(hasher.hash(&password).await.is_ok());
}

#[tokio::test]
async fn hasher_3_without_a_hash_the_work_is_the_same_and_the_answer_no() {
    let hasher = Argon2Hasher::new(Argon2Parameters { memory: 24, passes: 3, lanes: 2 }).unwrap();
    let real = hasher.hash(&Secret::new("x")).await.unwrap();
    let shape = |hash: &PasswordHash| {
        let fields: Vec<_> = hash.0.expose().split('$').map(ToOwned::to_owned).collect();
        (fields[..4].to_vec(), fields[4..].iter().map(String::len).collect::<Vec<_>>())
    };
    assert_eq!(shape(&hasher.nobodys), shape(&real));
    assert!(!hasher.is_outdated(&hasher.nobodys));
    for password in ["", "x"] {
        assert!(!hasher.verify(&Secret::new(password), None).await.unwrap());
        // It is read like any other, and no password's.
        assert!(!hasher.verify(&Secret::new(password), Some(hasher.nobodys.clone())).await.unwrap());
    }
}

#[tokio::test]
async fn an_empty_password_is_nobodys() {
    let hasher = hasher();
    let empty = hasher.hash(&Secret::new("")).await.unwrap();
    assert!(!hasher.verify(&Secret::new(""), Some(empty)).await.unwrap());
}

#[tokio::test]
async fn a_hash_that_is_none_is_a_fault() {
    let hasher = hasher();
    for broken in
        ["", "$", "$$", "not a hash", "x$2b$05$", "$1$abc$def", "$argon2id$none", "$argon2id$v=19$m=8,t=1,p=1"]
    {
        let outcome = hasher.verify(&Secret::new("x"), Some(stored(broken))).await;
        assert!(matches!(outcome, Err(Fault::Failed(_))), "{broken}");
    }
    assert!(hasher.hash(&Secret::new("x")).await.is_ok(), "and nobody else suffers");
}

#[test]
fn parameters_argon2_does_not_know_or_nobody_waits_for_are_refused() {
    for bad in [
        Argon2Parameters { memory: 1, ..CHEAP },
        Argon2Parameters { passes: 0, ..CHEAP },
        Argon2Parameters { lanes: 0, ..CHEAP },
        Argon2Parameters { memory: Argon2Parameters::MOST_MEMORY + 1, ..CHEAP },
        Argon2Parameters { memory: Argon2Parameters::MOST_MEMORY, passes: 17, lanes: 1 },
        Argon2Parameters { passes: u32::MAX, ..CHEAP },
    ] {
        assert!(Argon2Hasher::new(bad).is_err(), "{bad:?}");
    }
    // Memory is taken with the first hash only.
    assert!(
        Argon2Hasher::new(Argon2Parameters { memory: Argon2Parameters::MOST_MEMORY, passes: 16, lanes: 1 }).is_ok()
    );
}
