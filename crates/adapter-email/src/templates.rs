/// What a kind of mail says. `{{name}}` stands for a value of the mail, `{{link}}` for the link.
pub(crate) struct Template {
    pub name: &'static str,
    pub subject: &'static str,
    pub text: &'static str,
    pub html: &'static str,
    /// Where the link leads within the public URL; the mail's `token` follows.
    pub link: Option<&'static str>,
}

/// Text and HTML lie in `templates`, named alike.
macro_rules! template {
    ($name:literal, $subject:literal) => {
        template!($name, $subject, None)
    };
    ($name:literal, $subject:literal, link: $link:literal) => {
        template!($name, $subject, Some(concat!($link, "?token=")))
    };
    ($name:literal, $subject:literal, $link:expr) => {
        Template {
            name: $name,
            subject: $subject,
            text: include_str!(concat!("../templates/", $name, ".txt")),
            html: include_str!(concat!("../templates/", $name, ".html")),
            link: $link,
        }
    };
}

pub(crate) const TEMPLATES: &[Template] = &[
    template!("verify_email", "Confirm your email address", link: "/verify-email"),
    template!("already_registered", "You have an account already"),
    template!("temporary_password", "Your temporary password"),
    template!("password_changed", "Your password was changed"),
    template!("account_locked", "Your account was locked"),
    template!("session_ended", "One of your sessions was ended"),
    template!("confirm_email_change", "Confirm your new email address", link: "/confirm-email"),
    template!("email_change_requested", "Your email address is to be changed"),
    template!("email_changed", "Your email address was changed", link: "/undo-email-change"),
    template!("email_change_undone", "Your email address is the old one again"),
    template!("account_deleted", "Your account was deleted", link: "/recover-account"),
    template!("account_recovered", "Your account is back"),
    template!("account_suspended", "Your account was suspended"),
    template!("account_reactivated", "Your account is active again"),
    template!("mfa_enabled", "Multi-factor authentication is on"),
    template!("mfa_disabled", "Multi-factor authentication is off"),
    template!("mfa_blocked", "Wrong codes for your account"),
    template!("recovery_code_used", "A recovery code was used"),
    template!("recovery_codes_replaced", "Your recovery codes were replaced"),
    template!("passkey_added", "A passkey was added"),
    template!("passkey_removed", "A passkey was removed"),
    template!("identity_linked", "Another way to sign in"),
    template!("identity_unlinked", "A way to sign in was removed"),
    template!("key_created", "A key was made"),
    template!("key_rotated", "A key was rotated"),
    template!("webhook_disabled", "A webhook of {{organization}} was disabled"),
    template!("invitation", "Invitation to join {{organization}}", link: "/invitations/accept"),
];

pub(crate) fn find(name: &str) -> Option<&'static Template> {
    TEMPLATES.iter().find(|it| it.name == name)
}

/// Whether mails of this template can be sent.
#[must_use]
pub fn has_template(name: &str) -> bool {
    find(name).is_some()
}

#[cfg(test)]
mod tests;
