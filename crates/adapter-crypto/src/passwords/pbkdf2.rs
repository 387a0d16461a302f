use argon2::password_hash::phc::Output;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use kernel::{Fault, Secret};
use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

use super::argon2::unreadable;

/// Several times what OWASP asks of the fastest of them: some seconds.
const MOST_ROUNDS: u32 = 5_000_000;

/// `$pbkdf2-sha256$i=600000,l=32$salt$hash`, and as Python's passlib has it, `$pbkdf2-sha256$600000$salt$hash` with `.` for
/// `+`; so too `pbkdf2-sha512`, and with SHA-1 `pbkdf2-sha1` or `pbkdf2`.
pub(super) fn verify(password: &Secret, hash: &str) -> Result<bool, Fault> {
    let fields: Vec<&str> = hash.split('$').collect();
    let ["", algorithm, parameters, salt, output] = fields[..] else {
        return Err(Fault::defect("a password hash lacks something"));
    };
    let bytes = |text: &str| STANDARD_NO_PAD.decode(text.replace('.', "+")).map_err(unreadable);
    let (salt, expected) = (bytes(salt)?, Output::new(&bytes(output)?).map_err(unreadable)?);
    let rounds = rounds(parameters, expected.len());
    let rounds = rounds.ok_or_else(|| Fault::defect("a password hash says nothing of its rounds"))?;
    if !(1..=MOST_ROUNDS).contains(&rounds) {
        return Err(Fault::defect("a password hash costs too much, or nothing"));
    }
    let derive = match algorithm {
        "pbkdf2-sha256" => pbkdf2_hmac::<Sha256>,
        "pbkdf2-sha512" => pbkdf2_hmac::<Sha512>,
        "pbkdf2-sha1" | "pbkdf2" => pbkdf2_hmac::<Sha1>,
        _ => return Err(Fault::defect("a password hash is of an unknown kind")),
    };
    let mut output = Zeroizing::new(vec![0; expected.len()]);
    derive(password.expose().as_bytes(), &salt, rounds, &mut output);
    Ok(Output::new(&output).map_err(unreadable)? == expected)
}

/// `i=600000,l=32`, `i=600000` or `600000`; the length must be that of the hash.
fn rounds(parameters: &str, length: usize) -> Option<u32> {
    let (rounds, said) = match parameters.split_once(",l=") {
        Some((rounds, said)) => (rounds, said.parse().ok()?),
        None => (parameters, length),
    };
    if said == length { rounds.strip_prefix("i=").unwrap_or(rounds).parse().ok() } else { None }
}
