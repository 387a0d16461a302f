//! Every mail, as it is sent.

use std::collections::HashSet;

use kernel::QueuedMail;
use mail_parser::MessageParser;

use super::{TEMPLATES, has_template};
use crate::Composer;
use crate::message::Wire;
use crate::render::tests::mail;

const TOKEN: &str = "mJ-0_c4tZ2x8kQvWn5Yh1sRbU7eGdLpA3iXoTfKyHzM";
const TEMPORARY: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// A mail's template, the values it gets beside a username, the subject, and the path its link leads to.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static str, Option<&'static str>);

const CASES: &[Case] = &[
    ("verify_email", &[("token", TOKEN)], "Confirm your email address", Some("verify-email")),
    ("already_registered", &[], "You have an account already", None),
    ("temporary_password", &[("temporary_password", TEMPORARY)], "Your temporary password", None),
    ("password_changed", &[], "Your password was changed", None),
    ("account_locked", &[], "Your account was locked", None),
    ("session_ended", &[], "One of your sessions was ended", None),
    ("confirm_email_change", &[("token", TOKEN)], "Confirm your new email address", Some("confirm-email")),
    ("email_change_requested", &[("new_email", "new@example.org")], "Your email address is to be changed", None),
    (
        "email_changed",
        &[("new_email", "new@example.org"), ("token", TOKEN)],
        "Your email address was changed",
        Some("undo-email-change"),
    ),
    ("email_change_undone", &[], "Your email address is the old one again", None),
    (
        "account_deleted",
        &[("erased_at", "2026-02-14T12:00:00Z"), ("token", TOKEN)],
        "Your account was deleted",
        Some("recover-account"),
    ),
    ("account_recovered", &[], "Your account is back", None),
    ("account_suspended", &[], "Your account was suspended", None),
    ("account_reactivated", &[], "Your account is active again", None),
    ("mfa_enabled", &[], "Multi-factor authentication is on", None),
    ("mfa_disabled", &[], "Multi-factor authentication is off", None),
    ("mfa_blocked", &[], "Wrong codes for your account", None),
    ("recovery_code_used", &[("left", "7")], "A recovery code was used", None),
    ("recovery_codes_replaced", &[], "Your recovery codes were replaced", None),
    ("passkey_added", &[("name", "Laptop")], "A passkey was added", None),
    ("passkey_removed", &[("name", "Laptop")], "A passkey was removed", None),
    ("identity_linked", &[("provider", "google")], "Another way to sign in", None),
    ("identity_unlinked", &[("provider", "google")], "A way to sign in was removed", None),
    ("key_created", &[("name", "Nightly"), ("hint", "hbx_...0a1b")], "A key was made", None),
    ("key_rotated", &[("name", "Nightly"), ("hint", "hbx_...0a1b")], "A key was rotated", None),
    (
        "webhook_disabled",
        &[
            ("organization", "Bee Keepers"),
            ("webhook", "Hive monitor"),
            ("id", "0192f0c1-7c5e-7000-8000-000000000001"),
            ("reason", "it took nothing for five days"),
        ],
        "A webhook of Bee Keepers was disabled",
        None,
    ),
    (
        "invitation",
        &[("organization", "Bee Keepers"), ("inviter", "grace"), ("role", "member"), ("token", TOKEN)],
        "Invitation to join Bee Keepers",
        Some("invitations/accept"),
    ),
];

/// Header and source, then subject, text and HTML as they are read.
struct Sent {
    source: String,
    subject: String,
    text: String,
    html: String,
}

fn sent(mail: &QueuedMail) -> Sent {
    let composer = Composer::new("https://id.example.org", None).unwrap();
    let source = String::from_utf8(composer.compose(mail, Wire::SevenBit).unwrap().formatted()).unwrap();
    let message = MessageParser::default().parse(source.as_bytes()).unwrap();
    assert!(message.bcc().is_none() && message.cc().is_none());
    assert_eq!(message.to().unwrap().iter().map(|it| it.address().unwrap()).collect::<Vec<_>>(), ["ada@example.org"]);
    assert_eq!((message.headers().len(), message.parts.len()), (8, 3), "{source}");
    let subject = message.subject().unwrap().to_owned();
    let (text, html) = (message.body_text(0).unwrap().into_owned(), message.body_html(0).unwrap().into_owned());
    Sent { source, subject, text, html }
}

/// The case's mail, to somebody of this name, with `sly` in the place of one value.
fn of(case: &Case, username: &str, sly: Option<(&str, &str)>) -> QueuedMail {
    let (template, values, ..) = case;
    let mut values = [&[("username", username)], *values].concat();
    if let Some((key, value)) = sly {
        values.iter_mut().find(|it| it.0 == key).unwrap().1 = value;
    }
    mail(template, &values)
}

#[test]
fn there_is_a_case_for_every_template() {
    let names: Vec<_> = TEMPLATES.iter().map(|it| it.name).collect();
    assert_eq!(names, CASES.iter().map(|it| it.0).collect::<Vec<_>>());
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    assert!(names.iter().all(|it| has_template(it)) && !has_template("no_such_mail"));
}

#[test]
fn every_mail_greets_says_what_it_knows_and_has_its_subject() {
    for case @ (template, values, subject, _) in CASES {
        let sent = sent(&of(case, "ada_l", None));
        assert_eq!(sent.subject, *subject, "{template}");
        for said in values.iter().map(|it| it.1) {
            assert!(sent.text.contains(said) && sent.html.contains(said), "{template} {said}");
        }
        if *template != "invitation" {
            assert!(sent.text.starts_with("Hello ada_l,\n") || sent.text.starts_with("Hello ada_l,\r\n"), "{template}");
            assert!(sent.html.contains("<p>Hello ada_l,</p>"), "{template}");
        }
        assert!(!sent.source.contains("{{"), "{template}");
        assert!(sent.text.lines().all(|line| line.len() <= 120), "{template}");
    }
}

#[test]
fn a_mail_has_its_link_and_no_other() {
    for case @ (template, _, _, path) in CASES {
        let sent = sent(&of(case, "ada", None));
        let links: Vec<_> = sent.text.lines().filter(|it| it.contains("://")).collect();
        match path {
            Some(path) => {
                let link = format!("https://id.example.org/{path}?token={TOKEN}");
                assert_eq!(links, [&link], "{template}: alone on its line");
                assert!(sent.html.contains(&format!("<a href=\"{link}\">\r\n{link}</a>")), "{template}\n{}", sent.html);
                assert_eq!((sent.html.matches("<a ").count(), sent.html.matches("://").count()), (1, 2), "{template}");
            }
            None => assert!(links.is_empty() && !sent.html.contains("://") && !sent.html.contains("<a "), "{template}"),
        }
        assert_eq!(sent.html.matches("<img").count(), 0, "{template}: nothing is fetched when it is read");
    }
}

#[test]
fn re_04_nothing_in_a_value_becomes_a_header_a_recipient_a_link_or_markup() {
    for case @ (template, values, ..) in CASES {
        let keys = values.iter().map(|it| it.0).filter(|it| *it != "token").chain(["username"]);
        for key in keys.filter(|it| *template != "invitation" || *it != "username") {
            let plain = sent(&of(case, "ada", None));
            for sly in [
                "x\r\nBcc: evil@y.test",
                "x\r\n\r\n<p>evil</p>",
                "x\nTo: evil@y.test",
                "ü\u{2028}Bcc: evil@y.test",
                "<a href=//evil>x</a><img src=//evil>{{token}}{{link}}\"'&",
                "https://evil.test/accept?token=stolen",
                "=?utf-8?q?Bcc:?=",
            ] {
                // `sent` looks at headers and recipients.
                let sent = sent(&of(case, "ada", Some((key, sly))));
                let case = format!("{template} {key} {sly:?}");
                assert_eq!(sent.text.lines().count(), plain.text.lines().count(), "{case}");
                assert_eq!(sent.text.matches("://").count(), plain.text.matches("://").count(), "{case}");
                for markup in ["<a ", "<img", "<p>", "://"] {
                    assert_eq!(
                        sent.html.matches(markup).count(),
                        plain.html.matches(markup).count(),
                        "{case} {markup}"
                    );
                }
                let tokens = |it: &Sent| (it.text.matches(TOKEN).count(), it.html.matches(TOKEN).count());
                assert_eq!(tokens(&sent), tokens(&plain), "{case}");
            }
        }
    }
}

#[test]
fn a_temporary_password_stands_alone_behind_its_name() {
    let case = CASES.iter().find(|it| it.0 == "temporary_password").unwrap();
    let sent = sent(&of(case, "ada", None));
    let wanted = format!("Temporary password: {TEMPORARY}");
    assert_eq!(sent.text.lines().filter(|it| it.contains("Temporary password")).collect::<Vec<_>>(), [&wanted]);
    assert!(sent.source.lines().any(|it| it == wanted), "as it is, for whoever reads the file");
    assert!(sent.text.contains("your old one goes on working"));
    assert!(sent.html.contains(&format!("Temporary password: <b>{TEMPORARY}</b>")));
    assert!(!sent.subject.contains(TEMPORARY));
}

#[test]
fn who_did_not_do_it_learns_what_to_do() {
    for template in
        ["password_changed", "account_locked", "email_change_requested", "email_changed", "email_change_undone"]
    {
        let sent = sent(&of(CASES.iter().find(|it| it.0 == template).unwrap(), "ada", None));
        let text = sent.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("new password") && text.contains("\"forgot password\""), "{template}");
    }
}

#[test]
fn a_value_that_is_missing_is_a_defect() {
    let composer = Composer::new("https://id.example.org", None).unwrap();
    for (template, values, ..) in CASES {
        let all = [&[("username", "ada")], *values].concat();
        let needed = all.iter().filter(|it| *template != "invitation" || it.0 != "username");
        for (missing, _) in needed {
            let rest: Vec<_> = all.iter().copied().filter(|it| it.0 != *missing).collect();
            assert!(composer.compose(&mail(template, &rest), Wire::SevenBit).is_err(), "{template} without {missing}");
        }
    }
}
