use std::fmt::Write;

use kernel::{Fault, QueuedMail, Secret, is_invisible};

use crate::templates::{self, Template};

/// What a mail says. The bodies may hold a token.
pub(crate) struct Rendered {
    pub subject: String,
    pub text: Secret,
    pub html: Secret,
}

/// Fills the mail's template. Links begin with `public_url`, which is configured; no value can make another.
pub(crate) fn render(mail: &QueuedMail, public_url: &str) -> Result<Rendered, Fault> {
    let template = templates::find(&mail.template)
        .ok_or_else(|| Fault::defect(format!("there is no mail template {:?}", mail.template)))?;
    let link = template.link.map(|path| link(mail, public_url, path)).transpose()?;
    let plain = |name: &str| match (name, &link) {
        ("link", Some(link)) => Some(link.expose().to_owned()),
        _ => value(mail, name).map(|it| defused(it.expose())),
    };
    let html = |name: &str| plain(name).map(|it| escaped(&it));
    Ok(Rendered {
        subject: fill(template, template.subject, plain)?,
        text: Secret::new(fill(template, template.text, plain)?),
        html: Secret::new(fill(template, template.html, html)?),
    })
}

fn value<'a>(mail: &'a QueuedMail, name: &str) -> Option<&'a Secret> {
    mail.values.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn link(mail: &QueuedMail, public_url: &str, path: &str) -> Result<Secret, Fault> {
    let is_base64url = |it: &&Secret| it.expose().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let token = value(mail, "token")
        .filter(is_base64url)
        .filter(|it| !it.expose().is_empty())
        .ok_or_else(|| Fault::defect(format!("the mail {:?} has no token for its link", mail.template)))?;
    Ok(Secret::new([public_url, path, token.expose()].concat()))
}

/// One pass: what a value brings in is not looked at again.
fn fill(template: &Template, text: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, Fault> {
    let defect = |what: &str| Fault::defect(format!("the mail {:?} lacks {what}", template.name));
    let mut filled = String::with_capacity(text.len() + 256);
    let mut rest = text;
    while let Some((before, place)) = rest.split_once("{{") {
        let (name, after) = place.split_once("}}").ok_or_else(|| defect("a closing brace"))?;
        filled.push_str(before);
        filled.push_str(&value(name).ok_or_else(|| defect(name))?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// On one line, without characters that hide or turn text, and without what mail programs make links of.
fn defused(value: &str) -> String {
    // A link; an encoded word (RFC 2047), in which anything could hide in a subject.
    let value = value.replace("://", ": //").replace("=?", "= ?");
    value.chars().map(|c| if is_invisible(c) { ' ' } else { c }).collect()
}

/// For HTML, text or attribute; in ASCII, so that the part needs no further encoding.
fn escaped(value: &str) -> String {
    value.chars().fold(String::with_capacity(value.len()), |mut escaped, c| {
        if matches!(c, '&' | '<' | '>' | '"' | '\'') || !c.is_ascii() {
            let written = write!(escaped, "&#{};", u32::from(c));
            debug_assert!(written.is_ok(), "a String takes everything");
        } else {
            escaped.push(c);
        }
        escaped
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use kernel::testing::nth;
    use kernel::{EmailAddress, Fault, QueuedMail, Secret};

    use super::{Rendered, render};

    const TOKEN: &str = "mJ-0_c4tZ2x8kQvWn5Yh1sRbU7eGdLpA3iXoTfKyHzM";

    pub(crate) fn mail(template: &str, values: &[(&str, &str)]) -> QueuedMail {
        QueuedMail {
            id: nth(7),
            to: EmailAddress::parse("ada@example.org").unwrap(),
            template: template.to_owned(),
            values: values.iter().map(|(key, value)| ((*key).to_owned(), Secret::new(*value))).collect(),
            attempts: 0,
        }
    }

    pub(crate) fn invitation(organization: &str) -> QueuedMail {
        mail(
            "invitation",
            &[("organization", organization), ("inviter", "grace"), ("role", "member"), ("token", TOKEN)],
        )
    }

    fn rendered(mail: &QueuedMail) -> Rendered {
        render(mail, "https://id.example.org").unwrap()
    }

    /// Nothing is left to fill, and what should be said is said in both forms.
    fn says(rendered: &Rendered, words: &[&str]) {
        let (text, html) = (rendered.text.expose(), rendered.html.expose());
        assert!(!rendered.subject.is_empty());
        assert!(!format!("{}{text}{html}", rendered.subject).contains("{{"));
        for word in words {
            assert!(text.contains(word) && html.contains(word), "{word}");
        }
    }

    #[test]
    fn verify_email_asks_the_name_to_follow_the_link() {
        let mail = rendered(&mail("verify_email", &[("username", "ada"), ("token", TOKEN)]));
        let link = format!("https://id.example.org/verify-email?token={TOKEN}");
        says(&mail, &["ada", &link]);
        assert!(mail.text.expose().lines().any(|line| line == link), "alone on its line");
    }

    #[test]
    fn invitation_says_who_invites_where_as_what() {
        let mail = rendered(&invitation("Bee Keepers"));
        let link = format!("https://id.example.org/invitations/accept?token={TOKEN}");
        says(&mail, &["Bee Keepers", "grace", "member", &link]);
        assert!(mail.text.expose().lines().any(|line| line == link), "alone on its line");
        assert_eq!(mail.subject, "Invitation to join Bee Keepers");
    }

    #[test]
    fn session_ended_names_the_user_and_has_no_link() {
        let mail = rendered(&mail("session_ended", &[("username", "ada")]));
        says(&mail, &["ada"]);
        assert!(!mail.text.expose().contains("http") && !mail.html.expose().contains("href"));
    }

    #[test]
    fn re_04_markup_in_a_value_is_text() {
        let mail = rendered(&invitation("<a href=//evil>x</a>{{7*7}}{{token}}&\"'%0aBcc:"));
        let html = mail.html.expose();
        assert!(html.contains("&#60;a href=//evil&#62;x&#60;/a&#62;{{7*7}}{{token}}&#38;&#34;&#39;%0aBcc:"), "{html}");
        assert_eq!(html.matches("<a ").count(), 1);
        assert_eq!(html.matches(TOKEN).count(), 2);
        assert!(mail.text.expose().contains("<a href=//evil>x</a>{{7*7}}{{token}}&\"'%0aBcc:"));
    }

    #[test]
    fn re_04_a_value_stays_on_its_line() {
        for sly in ["x\r\nBcc: evil@y.test", "x\nBcc: evil@y.test", "x\u{2028}Bcc: evil@y.test", "x\u{202e}\u{0}Bcc"] {
            let mail = rendered(&invitation(sly));
            let lines = rendered(&invitation("x")).text.expose().lines().count();
            assert_eq!(mail.subject.chars().filter(|it| it.is_control()).count(), 0, "{sly:?}");
            assert_eq!(mail.text.expose().lines().count(), lines, "{sly:?}");
            assert!(!mail.text.expose().contains(['\r', '\u{2028}', '\u{202e}', '\u{0}']), "{sly:?}");
        }
    }

    #[test]
    fn re_01_a_value_makes_no_link() {
        let mail = rendered(&invitation("https://evil.test/accept?token=stolen"));
        for body in [mail.text.expose(), mail.html.expose()] {
            assert!(body.contains("https://id.example.org/"));
            assert_eq!(body.matches("://").count(), body.matches("https://id.example.org/").count());
            assert!(body.contains("https: //evil.test"), "{body}");
        }
    }

    #[test]
    fn html_is_ascii_whatever_the_name() {
        let mail = rendered(&invitation("Größe 蜂 🐝"));
        assert!(mail.html.expose().is_ascii() && mail.html.expose().contains("Gr&#246;&#223;e &#34562; &#128029;"));
        assert!(mail.text.expose().contains("Größe 蜂 🐝"));
    }

    #[test]
    fn what_can_not_be_filled_is_a_defect() {
        for broken in [
            mail("no_such_template", &[("username", "ada")]),
            mail("verify_email", &[("token", TOKEN)]),
            mail("verify_email", &[("username", "ada")]),
            mail("verify_email", &[("username", "ada"), ("token", "")]),
            mail("verify_email", &[("username", "ada"), ("token", "a&next=//evil")]),
            mail("session_ended", &[]),
        ] {
            assert!(matches!(render(&broken, "https://x.test"), Err(Fault::Failed(_))), "{broken:?}");
        }
    }
}
