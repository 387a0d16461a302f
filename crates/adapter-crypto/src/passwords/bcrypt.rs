use std::str::FromStr;

use bcrypt::HashParts;
use kernel::{Fault, Secret};

use super::argon2::unreadable;

/// Each one more doubles the time; this takes two seconds or so.
const MOST_COST: u32 = 15;

/// `$2a$`, `$2b$` and `$2y$`. Whoever made the hash looked at 72 bytes at most, so more can't be asked for: whoever knows
/// them is let in.
pub(super) fn verify(password: &Secret, hash: &str) -> Result<bool, Fault> {
    let parts = HashParts::from_str(hash).map_err(unreadable)?;
    if parts.get_cost() > MOST_COST {
        return Err(Fault::defect("a password hash costs too much"));
    }
    bcrypt::verify(password.expose(), hash).map_err(unreadable)
}
