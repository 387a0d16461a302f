use chrono::TimeDelta;
use kernel::{Act, Detail, Ids, Recorded, Secret, Time, TokenHash, UserId};
use totp_rs::{Builder, Totp as Generator};

use super::{Lockout, User};

/// What makes codes of the moment (RFC 6238: SHA-1, six digits, 30 seconds), with the codes that stand in for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totp {
    /// Whose; each has at most one.
    pub user: UserId,
    /// 160 bits (RFC 4226, section 4, R6) in base32; sealed at rest.
    pub secret: Secret,
    /// The recovery codes that are left.
    pub recovery_codes: Vec<TokenHash>,
    /// When a first code of it was given; until then it is asked for nowhere.
    pub confirmed_at: Option<Time>,
    /// The step of the last code that was used: no code of it or of an earlier one counts any more.
    pub last_step: i64,
    /// When it was made.
    pub created_at: Time,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

/// What a code turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// Right, and used up: this is what is left.
    Right(Totp),
    /// It was right once: no guess, and worth nothing.
    Used,
    /// Not right.
    Wrong,
}

/// A code somebody gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// Of the moment.
    Totp(Secret),
    /// One that stands in for it.
    Recovery(Secret),
}

impl Totp {
    /// How often codes may be guessed, of either kind and at all doors together.
    pub const LOCKOUT: Lockout = Lockout { threshold: 5, release_after: Some(TimeDelta::hours(1)) };
    /// How many recovery codes there are.
    pub const RECOVERY_CODES: usize = 8;

    const STEP: u64 = 30;
    const SECRET: usize = 20;
    /// Without letters and digits that look alike (RFC 4648's base32, lower case).
    const ALPHABET: &'static [u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

    /// A new one, that must be confirmed; with its recovery codes, to be shown once.
    #[must_use]
    pub fn generate(act: &Act, user: UserId) -> (Self, Vec<Secret>) {
        let bytes = act.ids.bytes();
        let secret = Secret::new(totp_rs::Secret::from(&bytes[..Self::SECRET]).to_base32());
        let (codes, recovery_codes) = Self::recovery(act.ids.as_ref());
        let made =
            Self { user, secret, recovery_codes, confirmed_at: None, last_step: 0, created_at: act.at, version: 0 };
        (made, codes)
    }

    /// New recovery codes of 80 random bits each, and what is stored of them.
    #[must_use]
    pub fn recovery(ids: &dyn Ids) -> (Vec<Secret>, Vec<TokenHash>) {
        let code = || {
            let letters = ids.bytes().map(|it| char::from(Self::ALPHABET[usize::from(it & 31)]));
            let groups: Vec<String> = letters[..16].chunks(4).map(|it| it.iter().collect()).collect();
            Secret::new(groups.join("-"))
        };
        let codes: Vec<Secret> = (0..Self::RECOVERY_CODES).map(|_| code()).collect();
        let hashes = codes.iter().map(|it| Self::hash(it.expose())).collect();
        (codes, hashes)
    }

    /// Whether it is asked for.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.confirmed_at.is_some()
    }

    /// What an authenticator is told (the `otpauth` URI format), a secret.
    #[must_use]
    pub fn uri(&self, issuer: &str, user: &User) -> Option<Secret> {
        let plain = |text: &str| text.replace(':', " ");
        let secret = totp_rs::Secret::try_from_base32(self.secret.expose()).ok()?;
        let described = Builder::new()
            .with_secret(secret)
            .with_account_name(plain(user.email.as_str()))
            .with_issuer(Some(plain(issuer)))
            .build();
        described.ok()?.to_url().ok().map(Secret::new)
    }

    /// Whether the code is right at this moment, one step before and after included (RFC 6238, section 5.2), and was not
    /// used before.
    #[must_use]
    pub fn judge(&self, code: &Code, at: Time) -> Judged {
        match code {
            Code::Totp(code) => self.judge_totp(code, at),
            Code::Recovery(code) => {
                let hash = Self::hash(code.expose());
                if !self.recovery_codes.contains(&hash) {
                    return Judged::Wrong;
                }
                let recovery_codes = self.recovery_codes.iter().copied().filter(|it| *it != hash).collect();
                Judged::Right(Self { recovery_codes, ..self.clone() })
            }
        }
    }

    fn judge_totp(&self, code: &Secret, at: Time) -> Judged {
        let code = code.expose();
        let (Some(generator), Ok(now)) = (self.generator(), u64::try_from(at.timestamp())) else {
            return Judged::Wrong;
        };
        let now = now / Self::STEP;
        // Two steps can have one code: the newest counts, so that it is used once.
        let matching =
            (now.saturating_sub(1)..=now + 1).rev().find(|step| generator.check(code, step * Self::STEP).is_some());
        let Some(step) = matching.and_then(|it| i64::try_from(it).ok()) else { return Judged::Wrong };
        if step <= self.last_step { Judged::Used } else { Judged::Right(Self { last_step: step, ..self.clone() }) }
    }

    fn generator(&self) -> Option<Generator> {
        let secret = totp_rs::Secret::try_from_base32(self.secret.expose()).ok()?;
        // The window is ours: what is asked here is one step.
        Builder::new().with_secret(secret).with_skew(0).build().ok()
    }

    fn hash(code: &str) -> TokenHash {
        let bare: String = code.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect();
        TokenHash::of(&bare)
    }
}

impl Recorded for Totp {
    fn record(&self) -> Vec<Detail> {
        vec![Detail::public("mfa", self.is_on()), Detail::public("recovery_codes_left", self.recovery_codes.len())]
    }
}

#[cfg(test)]
mod tests;
