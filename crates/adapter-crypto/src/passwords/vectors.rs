//! Hashes made by other programs: argon2-cffi 25, Python's `hashlib`, passlib 1.7, libxcrypt and Python's bcrypt 5.

use super::argon2::Memory;
use super::*;

/// Of [`PASSWORD`].
const HASHES: &[&str] = &[
    "$argon2d$v=19$m=64,t=2,p=2$AAECAwQFBgcICQoLDA0ODw$VE3MNOezhSJ5zICofV27noXyZIrr2rAzKrJZSCxv4dY",
    "$argon2i$v=19$m=64,t=2,p=2$AAECAwQFBgcICQoLDA0ODw$a9ILzVlcOc+NPpHdBwjgEmn8J9QGVjJR5it+CY9wJnU",
    "$argon2id$v=19$m=64,t=2,p=2$AAECAwQFBgcICQoLDA0ODw$7e3G7MpIFojq3wUB/1y+fKoMl9bnERwgx5radzlXAi0",
    "$argon2id$v=19$m=256,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$ygOkB5Iz3/8o1ARF//sM/A",
    "$argon2i$v=16$m=64,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$0p3zRNjsFWKXgShKTd8CFHPj/2+C3ViETNrp60jMJ7g",
    "$argon2i$m=64,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$0p3zRNjsFWKXgShKTd8CFHPj/2+C3ViETNrp60jMJ7g",
    "$2a$05$abcdefghijklmnopqrstuuI.9o0FXCCPJ9DZM9iA7IznE4kCyKDUe",
    "$2b$05$abcdefghijklmnopqrstuuI.9o0FXCCPJ9DZM9iA7IznE4kCyKDUe",
    "$2y$05$abcdefghijklmnopqrstuuI.9o0FXCCPJ9DZM9iA7IznE4kCyKDUe",
    "$2b$05$EDxgSaNj.mioAvkj9LxvDOxHuoW4SVs9m91kza3blhHBJoyoSadBm",
    "$scrypt$ln=10,r=8,p=2$AAECAwQFBgcICQoLDA0ODw$LjMek+axqSxsw5soY6gF5/q707kWQsvoROLEADBxyIY",
    "$scrypt$ln=8,r=8,p=1$0BpDSGmt9R5jjNHa2xsD4A$3wia/bDFLa/ecYBxF2bs6PZaHXZkzorYFO89TH0Ed/4",
    "$pbkdf2-sha256$i=2000,l=32$AAECAwQFBgcICQoLDA0ODw$83kLR6RaMHbCpg9zQrbtHDBu7ymZyST2B576wQqW8DU",
    "$pbkdf2-sha256$i=2000$AAECAwQFBgcICQoLDA0ODw$83kLR6RaMHbCpg9zQrbtHDBu7ymZyST2B576wQqW8DU",
    concat!(
        "$pbkdf2-sha512$i=2000,l=64$AAECAwQFBgcICQoLDA0ODw$XVB+iNVfh/q5a/esOjEq+f4xo1TUmkfoZ0AX1bGCk0U6LvZ",
        "/L9CVB77qCeCpwrtq99HEv6zCE2aDTKSW+f4bJA"
    ),
    "$pbkdf2-sha1$i=2000,l=20$AAECAwQFBgcICQoLDA0ODw$B/Np/IIO5e9kStZd+cuhxxbuDII",
    "$pbkdf2-sha256$2000$A8B4790bY6x1bu0dg5Ayhg$RA3Uu4Aex/MBsVzymy435BTs4l5yEkCBEoiUGGkbXSY",
    concat!(
        "$pbkdf2-sha512$1000$KwWgdG4tZeydc641JmSMcQ$mZcTpJ6v4GMljCPa5OAFkffb9V9EJak2LXy8BWUAyyA8gzyAiq1hXeWXTS.",
        "/FnAdJQXl8UIk87RvLL9RTH4SUQ"
    ),
    "$pbkdf2$1000$ay1lrFUqJcT4n9OaU0rJuQ$/n0jcfiPOWzgeKJZAP00g8E8dos",
];

const PASSWORD: &str = "Grüße, Tr0ub4dor&3";

fn verified(password: &str, hash: &str) -> Result<bool, Fault> {
    verify(&Secret::new(password), hash, &mut Memory::new(8))
}

fn is_a_fault(hash: &str) -> bool {
    matches!(verified("x", hash), Err(Fault::Failed(_)))
}

#[test]
fn what_others_hashed_is_verified() {
    for hash in HASHES {
        assert!(verified(PASSWORD, hash).unwrap(), "{hash}");
        for other in ["Grüße, Tr0ub4dor&4", "Gruße, Tr0ub4dor&3", "Grüße, Tr0ub4dor&3\0", "Grüße, Tr0ub4dor&", ""]
        {
            assert!(!verified(other, hash).unwrap(), "{hash} {other:?}");
        }
    }
}

#[test]
fn all_of_it_is_outdated() {
    let hasher = Argon2Hasher::new(Argon2Parameters { memory: 64, passes: 2, lanes: 1 }).unwrap();
    for hash in HASHES {
        assert!(hasher.is_outdated(&PasswordHash(Secret::new(*hash))), "{hash}");
    }
}

#[test]
fn a_hash_that_was_cut_off_lets_nobody_in() {
    for hash in HASHES {
        // Less than 80 bits are nothing to compare with.
        let fewest = hash.rfind('$').unwrap() + 14;
        for cut in 0..fewest {
            assert!(is_a_fault(&hash[..cut]), "{}", &hash[..cut]);
        }
        assert!(is_a_fault(&format!("{hash}$")) && is_a_fault(&format!("{hash}\n")), "{hash}");
    }
}

#[test]
fn bcrypt_is_fooled_by_nothing_but_its_cut() {
    let of_a = "$2b$04$abcdefghijklmnopqrstuuMFdJu9yVgmagVAIC24fOZkaFqd3s9JC";
    assert!(verified("a", of_a).unwrap());
    for other in ["a\0", "a\0a", "a\0b", &"a\0".repeat(36), "aa"] {
        assert!(!verified(other, of_a).unwrap(), "{other:?}");
    }
    // Of 100 characters, by a program that cut them silently: they must count, and their first 72 can't but.
    let (cut, long) = ("$2b$04$abcdefghijklmnopqrstuum2G75IXDN/xsgbNa/hCiPSKyIHQd70S", "0123456789".repeat(10));
    for enough in [100, 72] {
        assert!(verified(&long[..enough], cut).unwrap(), "{enough}");
    }
    for short in [71, 50, 0] {
        assert!(!verified(&long[..short], cut).unwrap(), "{short}");
    }
}

#[test]
fn what_would_take_the_machine_down_is_a_fault() {
    let bcrypt = |cost: &str| format!("$2b${cost}$abcdefghijklmnopqrstuuI.9o0FXCCPJ9DZM9iA7IznE4kCyKDUe");
    for cost in ["16", "31", "32", "99", "00", "03", "-1"] {
        assert!(is_a_fault(&bcrypt(cost)), "{cost}");
    }
    for parameters in [
        "m=1048577,t=1,p=1",
        "m=4294967295,t=1,p=1",
        "m=1048576,t=17,p=1",
        "m=64,t=4294967295,p=1",
        "m=64,t=1,p=0",
        "m=64,t=0,p=1",
        "m=64,t=1,p=16777215",
        "m=64,t=1,p=4294967295",
        "m=7,t=1,p=1",
        "m=99999999999,t=1,p=1",
    ] {
        assert!(is_a_fault(&format!("$argon2id$v=19${parameters}$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw")));
    }
    for parameters in [
        "ln=21,r=8,p=1",
        "ln=17,r=8,p=9",
        "ln=4,r=4294967295,p=1",
        "ln=4,r=8,p=4294967295",
        "ln=4,r=4294967295,p=4294967295",
        "ln=63,r=1,p=1",
        "ln=64,r=1,p=1",
        "ln=4294967295,r=1,p=1",
        "ln=0,r=8,p=1",
        "ln=4,r=0,p=1",
        "ln=4,r=8,p=0",
        "ln=4,r=8",
    ] {
        assert!(
            is_a_fault(&format!("$scrypt${parameters}$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw")),
            "{parameters}"
        );
    }
    for parameters in
        ["i=5000001", "5000001", "i=4294967295", "i=4294967296", "i=0", "0", "i=", "", "i=-1", "i=1000,l=32"]
    {
        assert!(
            is_a_fault(&format!("$pbkdf2-sha256${parameters}$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODw")),
            "{parameters}"
        );
    }
}

#[test]
fn what_is_not_understood_is_a_fault() {
    for unknown in [
        // crypt_blowfish's broken variant reads passwords otherwise.
        "$2x$05$abcdefghijklmnopqrstuuI.9o0FXCCPJ9DZM9iA7IznE4kCyKDUe",
        "$argon2id$v=18$m=64,t=2,p=2$AAECAwQFBgcICQoLDA0ODw$7e3G7MpIFojq3wUB/1y+fKoMl9bnERwgx5radzlXAi0",
        "$argon2x$v=19$m=64,t=2,p=2$AAECAwQFBgcICQoLDA0ODw$7e3G7MpIFojq3wUB/1y+fKoMl9bnERwgx5radzlXAi0",
        "$scrypt$v=1$ln=8,r=8,p=1$0BpDSGmt9R5jjNHa2xsD4A$3wia/bDFLa/ecYBxF2bs6PZaHXZkzorYFO89TH0Ed/4",
        "$pbkdf2-md5$i=2000$AAECAwQFBgcICQoLDA0ODw$83kLR6RaMHbCpg9zQrbtHDBu7ymZyST2B576wQqW8DU",
        "$pbkdf2-sha256$i=2000$not base64!$83kLR6RaMHbCpg9zQrbtHDBu7ymZyST2B576wQqW8DU",
        "$5$rounds=5000$salt$hash",
        "5f4dcc3b5aa765d61d8327deb882cf99",
    ] {
        assert!(is_a_fault(unknown), "{unknown}");
    }
}

#[test]
fn a_fault_does_not_repeat_the_hash() {
    for hash in ["$2b$05$abcdefghijklmnopqrstuuI.9o0F", "$argon2id$v=19$m=64,t=2,p=2$c2VjcmV0$secret!", "secret"] {
        let Err(fault) = verified("x", hash) else { panic!("{hash} was read") };
        let said = format!("{fault} {fault:?}");
        assert!(!said.contains("secret") && !said.contains("abcdef"), "{said}");
    }
}
