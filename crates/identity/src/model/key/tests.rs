use kernel::testing::{NOON, SeqIds, act, nth};
use proptest::prelude::*;

use super::*;
use crate::world::seconds;

fn prefixes() -> KeyPrefixes {
    KeyPrefixes::default()
}

fn minted(owner: KeyOwner) -> String {
    prefixes().mint(&SeqIds::default(), owner).expose().to_owned()
}

fn both() -> [String; 2] {
    [minted(KeyOwner::Organization(nth(60))), minted(KeyOwner::User(nth(50)))]
}

fn hash(text: &str) -> TokenHash {
    TokenHash::of(text)
}

fn key() -> Key {
    Key {
        id: nth(1),
        owner: KeyOwner::Organization(nth(60)),
        maker: nth(50),
        organization: Some(nth(60)),
        name: Label::parse("CI").unwrap(),
        hash: hash("now"),
        hint: "hbx_...beef".to_owned(),
        scopes: Scopes::Only(vec![]),
        multi_factor: true,
        previous: None,
        expires_at: None,
        created_at: NOON,
        text_at: NOON,
        version: 1,
    }
}

#[test]
fn a_key_is_read_as_it_was_minted() {
    let [organizations, personal] = both();
    assert!(organizations.starts_with("hbx_") && personal.starts_with("pcp_"));
    for text in both() {
        assert_eq!(text.len(), 4 + (24 + 4) * 2, "192 bits and a checksum");
        assert!(text[4..].bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it)), "{text}");
        assert!(prefixes().claims(&text));
        assert_eq!(prefixes().read(&text), Some(hash(&text)));
    }
    let ids = act().ids;
    let mint = || prefixes().mint(ids.as_ref(), KeyOwner::User(nth(50)));
    assert_ne!(mint(), mint());
}

#[test]
fn any_wrong_character_is_noticed() {
    for text in both() {
        for position in 0..text.len() {
            for other in ['0', '1', '7', 'a', 'f', 'F', '_', ' ', 'z', 'ü'] {
                let mut wrong: Vec<char> = text.chars().collect();
                if wrong[position] == other {
                    continue;
                }
                wrong[position] = other;
                let wrong: String = wrong.into_iter().collect();
                assert_eq!(prefixes().read(&wrong), None, "{wrong}");
            }
        }
    }
}

#[test]
fn swapped_missing_and_further_characters_are_noticed() {
    for text in both() {
        let bytes = text.as_bytes();
        for position in 0..text.len() - 1 {
            let mut swapped = bytes.to_vec();
            swapped.swap(position, position + 1);
            let mut missing = bytes.to_vec();
            missing.remove(position);
            let mut doubled = bytes.to_vec();
            doubled.insert(position, bytes[position]);
            for wrong in [swapped, missing, doubled] {
                let wrong = String::from_utf8(wrong).unwrap();
                assert!(wrong == text || prefixes().read(&wrong).is_none(), "{wrong}");
            }
        }
        for wrong in [format!("{text} "), format!(" {text}"), format!("{text}\n"), text.to_uppercase()] {
            assert_eq!(prefixes().read(&wrong), None, "{wrong}");
        }
    }
}

#[test]
fn another_installations_keys_are_none() {
    let ours = KeyPrefixes::parse("acme").unwrap();
    let [organizations, personal] = both();
    assert!(!ours.claims(&organizations) && ours.read(&organizations).is_none());
    assert!(ours.read(&personal).is_some(), "personal tokens begin alike everywhere");
    // The checksum is over the prefix too.
    assert_eq!(ours.read(&organizations.replacen("hbx", "acme", 1)), None);
}

#[test]
fn an_access_token_is_not_taken_for_a_key() {
    for token in [
        "eyJhbGciOiJIUzI1NiJ9.eyJ0eXBlIjoiYWNjZXNz_30.c2lnbmF0dXJl",
        "eyJ_hbx.e30.hbx_",
        "hbx",
        "hbx.x_y",
        "Hbx_00",
        "",
        "_",
    ] {
        assert!(!prefixes().claims(token), "{token}");
        assert_eq!(prefixes().read(token), None);
    }
    assert!(prefixes().claims("hbx_") && prefixes().claims("pcp_x"));
    assert_eq!((prefixes().read("hbx_"), prefixes().read("pcp_x")), (None, None));
}

#[test]
fn a_prefix_is_short_lower_case_and_not_that_of_personal_tokens() {
    for good in ["hbx", "ab", "a1", "abcdefgh12345678"] {
        assert_eq!(KeyPrefixes::parse(good).unwrap().organization, good);
    }
    for bad in ["", "a", "1a", "Hbx", "h_x", "h-x", "pcp", "abcdefgh123456789", "hübx"] {
        assert_eq!(KeyPrefixes::parse(bad), None, "{bad}");
    }
}

#[test]
fn a_hint_tells_nothing_that_is_secret() {
    let text = minted(KeyOwner::Organization(nth(60)));
    let hint = prefixes().hint(KeyOwner::Organization(nth(60)), &Secret::new(text.clone()));
    assert!(hint.starts_with("hbx_") && hint.ends_with(&text[text.len() - 4..]), "{hint}");
    assert!(hint.chars().count() <= 11, "the last four are of the checksum: {hint}");
    assert_eq!(prefixes().hint(KeyOwner::User(nth(50)), &Secret::new("ü")), "pcp_...ü");
}

#[test]
fn a_key_is_good_until_the_moment_it_expires() {
    let expiring = Key { expires_at: Some(NOON), ..key() };
    assert!(expiring.is_good(&hash("now"), seconds(-1)));
    assert!(!expiring.is_good(&hash("now"), NOON));
    assert!(key().is_good(&hash("now"), NOON) && !key().is_good(&hash("other"), NOON));
}

#[test]
fn the_one_before_is_good_for_the_overlap_and_no_longer_than_the_key() {
    let rotated = Key { previous: Some((hash("before"), NOON)), ..key() };
    assert!(rotated.is_good(&hash("before"), seconds(-1)) && !rotated.is_good(&hash("before"), NOON));
    assert!(rotated.is_good(&hash("now"), NOON));
    assert_eq!(rotated.refusal(&hash("before"), NOON), Some("replaced"));
    let expiring = Key { expires_at: Some(seconds(-9)), ..rotated };
    for text in ["before", "now"] {
        assert!(expiring.is_good(&hash(text), seconds(-10)) && !expiring.is_good(&hash(text), seconds(-9)), "{text}");
    }
}

#[test]
fn scopes_narrow_as_they_say() {
    let view = Permission::parse("team.view").unwrap();
    assert_eq!(Scopes::Admin.narrowed(), Narrowed::ToRole(RoleKey::ADMIN));
    assert_eq!(Scopes::Only(vec![view.clone()]).narrowed(), Narrowed::To([view].into()));
    assert_eq!(Scopes::Only(vec![]).narrowed(), Narrowed::To([].into()), "nothing is not everything");
}

#[test]
fn the_audit_log_is_told_what_a_key_may_and_not_what_it_is() {
    let told: Vec<_> = key().record().into_iter().map(|it| format!("{} {}", it.key, it.after)).collect();
    assert_eq!(
        told,
        [r#"name "CI""#, r#"hint "hbx_...beef""#, r#"scopes """#, "expires_at null", "previous_until null"]
    );
}

proptest! {
    #[test]
    fn nothing_that_is_presented_breaks_it(text in "(hbx|pcp|)_?\\PC{0,80}") {
        prop_assert_eq!(prefixes().read(&text), None);
        let _ = prefixes().claims(&text);
    }

    #[test]
    fn nor_does_anything_as_long_as_a_key(text in "(hbx|pcp)_[0-9a-fü]{50,60}") {
        prop_assert_eq!(prefixes().read(&text), None);
    }
}
