use kernel::{Act, EmailAddress, Mail, Token, rfc3339};

use crate::model::User;

/// The templates this domain fills.
pub const MAILS: &[&str] = &[
    "verify_email",
    "session_ended",
    "already_registered",
    "temporary_password",
    "password_changed",
    "account_locked",
    "confirm_email_change",
    "email_change_requested",
    "email_changed",
    "email_change_undone",
    "account_deleted",
    "account_recovered",
    "account_suspended",
    "account_reactivated",
    "mfa_enabled",
    "mfa_disabled",
    "mfa_blocked",
    "recovery_code_used",
    "recovery_codes_replaced",
    "passkey_added",
    "passkey_removed",
    "identity_linked",
    "identity_unlinked",
    "key_created",
    "key_rotated",
];

fn to(act: &Act, user: &User, email: &EmailAddress, template: &'static str) -> Mail {
    Mail::new(act, email, template).with("username", user.username.as_str().to_owned())
}

/// A mail that tells the user of something and asks for nothing.
pub(crate) fn notice(act: &Act, user: &User, template: &'static str) -> Mail {
    to(act, user, &user.email, template)
}

/// Asks the owner of an address to prove it.
pub(crate) fn verify_email(act: &Act, user: &User, token: &Token) -> Mail {
    notice(act, user, "verify_email").with("token", token.secret().clone())
}

/// Brings a temporary password.
pub(crate) fn temporary_password(act: &Act, user: &User, token: &Token) -> Mail {
    notice(act, user, "temporary_password").with("temporary_password", token.secret().clone())
}

/// Asks the owner of the address that is to be the new one.
pub(crate) fn confirm_email_change(act: &Act, user: &User, new: &EmailAddress, token: &Token) -> Mail {
    to(act, user, new, "confirm_email_change").with("token", token.secret().clone())
}

/// Tells the old address of the wish for a new one.
pub(crate) fn email_change_requested(act: &Act, user: &User, new: &EmailAddress) -> Mail {
    notice(act, user, "email_change_requested").with("new_email", new.as_str().to_owned())
}

/// Tells the old address of the new one, with a way back.
pub(crate) fn email_changed(act: &Act, before: &User, new: &EmailAddress, undo: &Token) -> Mail {
    notice(act, before, "email_changed").with("new_email", new.as_str().to_owned()).with("token", undo.secret().clone())
}

/// Tells when the account will be erased, with a way back.
pub(crate) fn account_deleted(act: &Act, user: &User, erased_at: kernel::Time, recover: &Token) -> Mail {
    notice(act, user, "account_deleted").with("erased_at", rfc3339(erased_at)).with("token", recover.secret().clone())
}
