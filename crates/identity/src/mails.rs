use kernel::{Act, Mail, Token};

use crate::model::User;

/// The templates this domain fills.
pub const MAILS: &[&str] = &[VERIFY_EMAIL, SESSION_ENDED];

const VERIFY_EMAIL: &str = "verify_email";
const SESSION_ENDED: &str = "session_ended";

/// Asks the owner of an address to prove it.
pub(crate) fn verify_email(act: &Act, user: &User, token: &Token) -> Mail {
    Mail::new(act, &user.email, VERIFY_EMAIL)
        .with("username", user.username.as_str().to_owned())
        .with("token", token.secret().clone())
}

/// Tells a user that a session was ended because a used token came again.
pub(crate) fn session_ended(act: &Act, user: &User) -> Mail {
    Mail::new(act, &user.email, SESSION_ENDED).with("username", user.username.as_str().to_owned())
}
