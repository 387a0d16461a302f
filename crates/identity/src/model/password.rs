use kernel::{Problems, Secret};

use super::guessing::is_easily_guessed;

/// A password that meets the rules; whether it is the right one is another question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Password(Secret);

/// A password's hash as a PHC string, parameters and salt included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordHash(pub Secret);

impl Password {
    /// The shortest password, in characters.
    pub const MIN: usize = 8;
    /// The longest password, in characters: what is longer is refused before it is hashed.
    pub const MAX: usize = 128;

    /// Seed 002's rules, each broken one a sentence of its own under `password`, and no common or personal password:
    /// `zxcvbn` scores at least 3 given `context` (the user's own email and username, the organization, the product),
    /// and it is none of them.
    pub fn parse(password: Secret, context: &[&str]) -> Result<Self, Problems> {
        let text = password.expose();
        let length = text.chars().count();
        if length > Self::MAX {
            return Err(Problems::one("password", "The password field must be at most 128 characters."));
        }
        let rules = [
            (length >= Self::MIN, "The password field must be at least 8 characters."),
            (text.contains(char::is_uppercase), "The password field must contain at least one uppercase letter."),
            (text.contains(char::is_lowercase), "The password field must contain at least one lowercase letter."),
            (text.contains(|c: char| c.is_ascii_digit()), "The password field must contain at least one number."),
            (
                text.contains(|c: char| !c.is_alphanumeric()),
                "The password field must contain at least one special character.",
            ),
            (
                !is_easily_guessed(text, context),
                "The password field is too common or too easy to guess; a longer one helps.",
            ),
        ];
        let mut problems = Problems::default();
        for (_, sentence) in rules.into_iter().filter(|(is_kept, _)| !is_kept) {
            problems.add("password", sentence);
        }
        if problems.is_empty() { Ok(Self(password)) } else { Err(problems) }
    }

    /// The text, to be hashed.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: &str = "The password field must be at least 8 characters.";
    const UPPER: &str = "The password field must contain at least one uppercase letter.";
    const LOWER: &str = "The password field must contain at least one lowercase letter.";
    const DIGIT: &str = "The password field must contain at least one number.";
    const SPECIAL: &str = "The password field must contain at least one special character.";
    const EASY: &str = "The password field is too common or too easy to guess; a longer one helps.";

    fn problems(password: &str) -> Vec<String> {
        let parsed = Password::parse(Secret::new(password), &["user@example.com", "johndoe"]);
        let problems = parsed.map_or_else(|it| it, |_| Problems::default());
        problems.iter().inspect(|(field, _)| assert_eq!(*field, "password")).flat_map(|(_, it)| it.to_vec()).collect()
    }

    #[test]
    fn the_seeds_passwords_pass() {
        for seed in ["SecurePass123!", "Examplepass1!.", "NewSecurePassword123!", "CurrentPassword123!"] {
            assert_eq!(problems(seed), [] as [&str; 0], "{seed}");
        }
    }

    #[test]
    fn each_broken_rule_has_its_sentence() {
        assert_eq!(problems("Qz4!tGw"), [SHORT, EASY]);
        assert_eq!(problems("quiet-lantern-7"), [UPPER]);
        assert_eq!(problems("QUIET-LANTERN-7"), [LOWER]);
        assert_eq!(problems("Quiet-Lantern"), [DIGIT]);
        assert_eq!(problems("QuietLanterns7"), [SPECIAL]);
        assert_eq!(problems("Password12345678!"), [EASY]);
        assert_eq!(problems("password12345678"), [UPPER, SPECIAL, EASY]);
        assert_eq!(problems(""), [SHORT, UPPER, LOWER, DIGIT, SPECIAL, EASY]);
    }

    #[test]
    fn anything_that_is_no_letter_or_digit_is_special() {
        for good in ["Quiet Lantern 7", "Quiet€Lantern7", "Quiet\u{1f41d}Lantern7", "Äpfel-und-7-Birnen"] {
            assert_eq!(problems(good), [] as [&str; 0], "{good}");
        }
    }

    #[test]
    fn characters_are_counted_not_bytes_and_128_is_the_most() {
        let of = |length: usize| format!("Quiet-Lantern-7{}", "ü".repeat(length - 15));
        assert_eq!(problems(&of(128)), [] as [&str; 0]);
        assert_eq!(problems(&of(129)), ["The password field must be at most 128 characters."]);
        assert_eq!(problems(&"x".repeat(1 << 20)), ["The password field must be at most 128 characters."]);
    }

    #[test]
    fn it_is_kept_as_it_was_given() {
        let text = Secret::new(" Quiet Lantern 7 ");
        assert_eq!(Password::parse(text.clone(), &[]).unwrap().secret(), &text);
    }
}
