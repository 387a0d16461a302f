use argon2::password_hash::phc::{Output, PasswordHash as Phc};
use kernel::{Fault, Secret};
use scrypt::{Params, scrypt};
use zeroize::Zeroizing;

use super::argon2::unreadable;

/// The most memory times repetitions in bytes: 1 GiB takes some seconds.
const MOST_WORK: u64 = 1 << 30;

/// `$scrypt$ln=17,r=8,p=1$salt$hash`.
pub(super) fn verify(password: &Secret, hash: &str) -> Result<bool, Fault> {
    let hash = Phc::new(hash).map_err(unreadable)?;
    let parameter = |name: &str| hash.params.get_decimal(name).filter(|it| *it > 0);
    let (Some(salt), Some(expected), Some(log_n), Some(r), Some(p), None) =
        (&hash.salt, &hash.hash, parameter("ln"), parameter("r"), parameter("p"), hash.version)
    else {
        return Err(Fault::defect("a password hash lacks something"));
    };
    let work = 128_u64.checked_shl(log_n).filter(|_| log_n <= MOST_WORK.ilog2()).unwrap_or(u64::MAX);
    if work.saturating_mul(r.into()).saturating_mul(p.into()) > MOST_WORK {
        return Err(Fault::defect("a password hash costs too much"));
    }
    let log_n = u8::try_from(log_n).map_err(unreadable)?;
    let params = Params::new(log_n, r, p).map_err(unreadable)?;
    let mut output = Zeroizing::new(vec![0; expected.len()]);
    scrypt(password.expose().as_bytes(), salt, &params, &mut output).map_err(unreadable)?;
    Ok(Output::new(&output).map_err(unreadable)? == *expected)
}
