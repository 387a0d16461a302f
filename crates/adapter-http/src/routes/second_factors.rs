//! What endpoints that take a second factor have in common.

use identity::SecondFactor;
use serde_json::Value;

use crate::answer::Hidden;

/// What is given besides.
pub(super) fn given(totp_code: Option<Hidden>, recovery_code: Option<Hidden>, passkey: Option<Value>) -> SecondFactor {
    SecondFactor { totp_code: totp_code.map(|it| it.0), recovery_code: recovery_code.map(|it| it.0), passkey }
}
