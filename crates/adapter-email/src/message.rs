use std::str::FromStr;

use kernel::{Fault, QueuedMail};
use lettre::Message;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use url::{Host, Url};

use crate::render::render;

/// Makes messages of queued mails.
#[derive(Clone, Debug)]
pub struct Composer {
    public_url: String,
    sender: Mailbox,
}

/// What of the configuration makes no mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSetting {
    /// Links begin with it.
    #[error("the public URL must be http or https, with a host, without user, query and fragment")]
    PublicUrl,
    /// Mails come from it.
    #[error("the sender must be an address, or a name and an address in angle brackets")]
    Sender,
}

/// What the way out can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// ASCII, as far as one knows of mail servers.
    SevenBit,
    /// Anything: text stays readable.
    EightBit,
}

impl Composer {
    /// Links lead to `public_url`. Without a `sender` (`Name <address>`), mails come from `no-reply` at its host.
    pub fn new(public_url: &str, sender: Option<&str>) -> Result<Self, BadSetting> {
        let url = Url::parse(public_url).map_err(|_| BadSetting::PublicUrl)?;
        let plain = url.username().is_empty() && url.password().is_none();
        let whole = url.query().is_none() && url.fragment().is_none();
        if !(plain && whole && matches!(url.scheme(), "http" | "https")) {
            return Err(BadSetting::PublicUrl);
        }
        let default = || format!("Portcullis <no-reply@{}>", mail_domain(&url));
        let sender = sender.map_or_else(default, ToOwned::to_owned);
        let sender = Mailbox::from_str(&sender).map_err(|_| BadSetting::Sender)?;
        Ok(Self { public_url: url.as_str().trim_end_matches('/').to_owned(), sender })
    }

    /// One recipient, text and HTML.
    pub(crate) fn compose(&self, mail: &QueuedMail, wire: Wire) -> Result<Message, Fault> {
        let rendered = render(mail, &self.public_url)?;
        let to = mail.to.as_str().parse().map_err(|_| Fault::defect("a recipient is no address"))?;
        // RFC 3834: nobody's out-of-office reply is wanted.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .message_id(Some(format!("<{}@{}>", mail.id, self.sender.email.domain())))
            .from(self.sender.clone())
            .to(Mailbox::new(None, to))
            .subject(rendered.subject)
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .multipart(
                MultiPart::alternative()
                    .singlepart(part(ContentType::TEXT_PLAIN, rendered.text.expose(), wire))
                    .singlepart(part(ContentType::TEXT_HTML, rendered.html.expose(), wire)),
            )
            .map_err(|e| Fault::Failed(e.into()))
    }
}

/// An address needs a name, not a number.
fn mail_domain(url: &Url) -> &str {
    match url.host() {
        Some(Host::Domain(domain)) => domain,
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => "localhost",
    }
}

/// As it is, wherever the line length of RFC 5322 and the way out allow it: an encoded link can be broken in two, and a
/// person who looks at the source could not follow it.
fn part(kind: ContentType, text: &str, wire: Wire) -> SinglePart {
    const LONGEST_LINE: usize = 998;
    let as_it_is = text.lines().all(|line| line.len() <= LONGEST_LINE);
    let encoding = match wire {
        _ if text.is_ascii() => Some(ContentTransferEncoding::SevenBit),
        Wire::EightBit => Some(ContentTransferEncoding::EightBit),
        Wire::SevenBit => None,
    };
    let body = match encoding {
        Some(encoding) if as_it_is => Body::dangerous_pre_encoded(text.replace('\n', "\r\n").into_bytes(), encoding),
        _ => Body::new(text.to_owned()),
    };
    SinglePart::builder().content_type(kind).body(body)
}

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders};

    use super::*;
    use crate::render::tests::{invitation, mail};

    fn source(mail: &QueuedMail, wire: Wire) -> String {
        let composer = Composer::new("https://id.example.org/", None).unwrap();
        String::from_utf8(composer.compose(mail, wire).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_message_has_every_header_once() {
        let source = source(&invitation("Bee Keepers"), Wire::SevenBit);
        let (head, _) = source.split_once("\r\n\r\n").unwrap();
        let fields = head.lines().filter(|it| !it.starts_with([' ', '\t']));
        let mut names: Vec<_> = fields.map(|it| it.split_once(':').unwrap().0).collect();
        names.sort_unstable();
        let expected =
            ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_message_reads_as_it_was_meant() {
        for wire in [Wire::SevenBit, Wire::EightBit] {
            let source = source(&invitation("Größe 蜂"), wire);
            assert_eq!(source.is_ascii(), wire == Wire::SevenBit);
            let message = MessageParser::default().parse(source.as_bytes()).unwrap();
            assert_eq!(message.message_id().unwrap(), "00000000-0000-0000-0000-000000000007@id.example.org");
            assert_eq!(message.from().unwrap().first().unwrap().address().unwrap(), "no-reply@id.example.org");
            assert_eq!(message.to().unwrap().first().unwrap().address().unwrap(), "ada@example.org");
            assert_eq!(message.subject().unwrap(), "Invitation to join Größe 蜂");
            assert_eq!(message.content_type().unwrap().subtype(), Some("alternative"));
            assert!(message.body_text(0).unwrap().contains("    Größe 蜂"));
            assert!(message.body_html(0).unwrap().contains("<b>Gr&#246;&#223;e &#34562;</b>"));
        }
    }

    #[test]
    fn re_04_no_value_becomes_a_header_or_a_recipient() {
        for sly in ["x\r\nBcc: evil@y.test", "x\r\n\r\n<p>evil</p>", "x\nTo: evil@y.test", "ü\r\nBcc: evil@y.test"] {
            for wire in [Wire::SevenBit, Wire::EightBit] {
                let source = source(&invitation(sly), wire);
                let message = MessageParser::default().parse(source.as_bytes()).unwrap();
                assert!(message.bcc().is_none() && message.cc().is_none(), "{sly:?}");
                assert_eq!(message.to().unwrap().iter().count(), 1, "{sly:?}");
                assert_eq!(message.headers().len(), 8, "{sly:?}");
                assert_eq!(message.parts.len(), 3, "{sly:?}");
            }
            let composer = Composer::new("https://id.example.org", None).unwrap();
            let message = composer.compose(&invitation(sly), Wire::SevenBit).unwrap();
            assert_eq!(message.envelope().to().len(), 1, "{sly:?}");
        }
    }

    #[test]
    fn a_line_too_long_for_mail_is_folded_and_reads_whole() {
        let long = "x".repeat(2_000);
        let source = source(&mail("session_ended", &[("username", &long)]), Wire::EightBit);
        assert!(source.lines().all(|it| it.len() <= 998));
        let message = MessageParser::default().parse(source.as_bytes()).unwrap();
        assert!(message.body_text(0).unwrap().contains(&long));
    }

    #[test]
    fn the_sender_is_configured_or_of_the_public_host() {
        for (public_url, sender, expected) in [
            ("https://id.example.org", None, "Portcullis <no-reply@id.example.org>"),
            ("http://127.0.0.1:8080", None, "Portcullis <no-reply@localhost>"),
            ("http://[::1]:8080", None, "Portcullis <no-reply@localhost>"),
            ("http://localhost:8080", None, "Portcullis <no-reply@localhost>"),
            ("https://id.example.org", Some("Bees <hive@bees.test>"), "Bees <hive@bees.test>"),
            ("https://id.example.org", Some("hive@bees.test"), "hive@bees.test"),
        ] {
            assert_eq!(Composer::new(public_url, sender).unwrap().sender.to_string(), expected);
        }
        for bad in ["", "Bees", "Bees <hive>", "a@b.test, c@d.test"] {
            assert_eq!(Composer::new("https://x.test", Some(bad)).unwrap_err(), BadSetting::Sender, "{bad}");
        }
    }

    #[test]
    fn re_01_links_begin_with_the_public_url_alone() {
        for (public_url, link) in [
            ("https://id.example.org", "https://id.example.org/verify-email?token=abc"),
            ("https://id.example.org/sso/", "https://id.example.org/sso/verify-email?token=abc"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/verify-email?token=abc"),
        ] {
            let composer = Composer::new(public_url, None).unwrap();
            let mail = mail("verify_email", &[("username", "ada"), ("token", "abc")]);
            let source = composer.compose(&mail, Wire::SevenBit).unwrap().formatted();
            let message = MessageParser::default().parse(&source).unwrap();
            assert!(message.body_text(0).unwrap().lines().any(|line| line == link), "{link}");
        }
        for bad in
            ["", "id.example.org", "ftp://x.test", "https://u:p@x.test", "https://x.test?a=b", "https://x.test#a"]
        {
            assert_eq!(Composer::new(bad, None).unwrap_err(), BadSetting::PublicUrl, "{bad}");
        }
    }
}
