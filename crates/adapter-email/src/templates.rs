/// What a kind of mail says. `{{name}}` stands for a value of the mail, `{{link}}` for the link.
pub(crate) struct Template {
    pub name: &'static str,
    pub subject: &'static str,
    pub text: &'static str,
    pub html: &'static str,
    /// Where the link leads within the public URL; the mail's `token` follows.
    pub link: Option<&'static str>,
}

const TEMPLATES: &[Template] = &[
    Template {
        name: "verify_email",
        subject: "Confirm your email address",
        text: include_str!("../templates/verify_email.txt"),
        html: include_str!("../templates/verify_email.html"),
        link: Some("/verify-email?token="),
    },
    Template {
        name: "session_ended",
        subject: "One of your sessions was ended",
        text: include_str!("../templates/session_ended.txt"),
        html: include_str!("../templates/session_ended.html"),
        link: None,
    },
    Template {
        name: "invitation",
        subject: "Invitation to join {{organization}}",
        text: include_str!("../templates/invitation.txt"),
        html: include_str!("../templates/invitation.html"),
        link: Some("/invitations/accept?token="),
    },
];

pub(crate) fn find(name: &str) -> Option<&'static Template> {
    TEMPLATES.iter().find(|it| it.name == name)
}

/// Whether mails of this template can be sent.
#[must_use]
pub fn has_template(name: &str) -> bool {
    find(name).is_some()
}
