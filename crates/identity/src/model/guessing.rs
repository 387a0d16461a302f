use std::borrow::Cow;

use zxcvbn::{Score, zxcvbn};

/// What everybody here would try first.
const PRODUCT: &str = "portcullis";

/// Scoring more takes long (a tenth of a second and upwards for 40 well-mixed characters), and what is hard to guess so
/// far stays hard.
const SCORED: usize = 24;

/// A word shorter than this is in too many others to be anybody's own.
const SHORTEST_WORD: usize = 3;

/// What is longer than the longest address is neither a name nor an address.
const LONGEST_CONTEXT: usize = 254;

/// Fewer guesses than this are no obstacle: zxcvbn's score 2 begins here.
const WORTH_SOMETHING: u64 = 1_000_000;

/// Whether a password is among those that are tried first, by people who know whose it is: `context` are its owner's
/// email, name and organization.
///
/// The score must be 3 or more. But the estimate takes every further part of a password for a secret, also a hyphen or a
/// `!` that stands there because the rules ask for it (`Password12345678!`), and words that everybody knows
/// (`Portcullis2026portcullis!`): what is left without these must still be worth something.
pub(super) fn is_easily_guessed(password: &str, context: &[&str]) -> bool {
    let own = own_words(context);
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let estimate = |text: &str| zxcvbn(&text.chars().take(SCORED).collect::<String>(), &own);
    let is_worth_nothing = |bare: &str| {
        let rest = without_words(bare, &own);
        rest != password && estimate(&rest).guesses() < WORTH_SOMETHING
    };
    estimate(password).score() < Score::Three || without_decoration(password).iter().any(|it| is_worth_nothing(it))
}

/// The whole texts and their parts, the longest first; of an address its local part only, for half the world shares the
/// rest.
fn own_words(context: &[&str]) -> Vec<String> {
    let mut words = Vec::new();
    for text in context.iter().filter(|it| it.len() <= LONGEST_CONTEXT).chain([&PRODUCT]) {
        let name = text.rsplit_once('@').map_or(*text, |(local, _)| local);
        words.extend([*text, name].map(str::to_lowercase));
        words.push(name.to_lowercase().replace(|c: char| !c.is_alphanumeric(), ""));
        words.extend(name.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
    }
    words.retain(|it| it.chars().count() >= SHORTEST_WORD);
    words.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    words.dedup();
    words
}

/// The letters and digits alone, and with what stands between them, for `P@ssw0rd` is a word too. More than a third of
/// punctuation is no decoration, and stays.
fn without_decoration(password: &str) -> [Cow<'_, str>; 2] {
    let plain: String = password.chars().filter(|it| it.is_alphanumeric()).collect();
    if plain.chars().count() * 3 < password.chars().count() * 2 {
        return [password.into(), password.into()];
    }
    [password.trim_matches(|c: char| !c.is_alphanumeric()).into(), plain.into()]
}

/// Without these words, wherever they stand.
fn without_words(text: &str, words: &[&str]) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some(first) = rest.chars().next() {
        if let Some(after) = words.iter().find_map(|word| without_prefix(rest, word)) {
            rest = after;
        } else {
            kept.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    kept
}

/// What follows the word, whatever its case. `word` is in lower case.
fn without_prefix<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    let mut wanted = word.chars();
    loop {
        let Some(next) = wanted.next() else { return Some(rest.as_str()) };
        if !rest.next()?.to_lowercase().eq([next]) {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOHN: &[&str] = &["john.doe@example.com", "johndoe", "Acme Honey Farms", "acme-honey"];

    fn easy(password: &str) -> bool {
        is_easily_guessed(password, JOHN)
    }

    #[test]
    fn the_seeds_passwords_are_good_enough() {
        for seed in ["SecurePass123!", "Examplepass1!.", "NewSecurePassword123!", "CurrentPassword123!"] {
            for context in [&["user@example.com", "johndoe"], JOHN, &[]] {
                assert!(!is_easily_guessed(seed, context), "{seed}");
            }
        }
    }

    #[test]
    fn common_passwords_are_not() {
        for common in [
            "password12345678",
            "Password12345678!",
            "Password123!",
            "P@ssw0rd12345!",
            "Password-2026!",
            "Welcome-2026!",
            "Passwordpassword1!",
            "Qwerty123456!",
            "Welcome2024!",
            "Letmein123!",
            "Iloveyou123!",
            "Aaaaaaaa1!",
            "Abcd1234!",
            "",
        ] {
            assert!(easy(common), "{common}");
        }
    }

    #[test]
    fn nor_are_those_made_of_ones_own_words() {
        for own in [
            "Portcullis2026portcullis!",
            "P0rtcullis-2026!",
            "John.Doe@Example.com",
            "John.Doe@Example.com1!",
            "Johndoe2026!",
            "Doe-John-2026!",
            "JohnDoe!1johndoe",
            "Acme2026acme!",
            "AcmeHoney-2026!",
            "Acme Honey Farms 1!",
        ] {
            assert!(easy(own), "{own}");
        }
    }

    #[test]
    fn others_may_use_these_words() {
        assert!(!is_easily_guessed("Honey-Wagon-2026!", &["jane@example.com", "jane"]));
    }

    #[test]
    fn an_own_word_does_no_harm_beside_others() {
        for good in ["Acme-7-Quiet-Lanterns", "johnDrinks7Coffees!", "Tr0ub4dor&3 of Honey"] {
            assert!(!easy(good), "{good}");
        }
    }

    #[test]
    fn nine_random_characters_are_hard() {
        for random in ["xK#9mQ$2!", "xK9mQ2vB8", "#K$9^Q&2!", "k8#Vq2!z$@%&"] {
            assert!(!easy(random), "{random}");
        }
    }

    #[test]
    fn the_domain_of_an_address_is_nobodys_own() {
        assert_eq!(own_words(&["Jo.Li@example.com"]), ["jo.li@example.com", PRODUCT, "jo.li", "joli"]);
    }

    #[test]
    fn own_words_are_left_out_whatever_their_case() {
        let without = |text: &str| without_words(text, &["straße", "john", "doe"]);
        assert_eq!(without("!JOHN-x-Doe7."), "!-x-7.");
        assert_eq!(without("xStraßex"), "xx");
        assert_eq!(without("joh"), "joh");
        assert_eq!(without("John"), "");
    }

    #[test]
    fn punctuation_counts_only_where_there_is_much_of_it() {
        assert_eq!(without_decoration("P@ss-words-1!"), ["P@ss-words-1", "Psswords1"]);
        assert_eq!(without_decoration("aB1#$"), ["aB1#$"; 2]);
        assert_eq!(without_decoration(""), [""; 2]);
    }

    #[test]
    fn a_context_too_long_to_be_a_name_is_none() {
        let long = "Lantern".repeat(40);
        assert!(!is_easily_guessed("Quiet-Lantern-7!", &[&long]));
    }
}
