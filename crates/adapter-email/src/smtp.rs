use std::time::Duration;

use async_trait::async_trait;
use kernel::{Fault, Mailer, QueuedMail, Secret};
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tokio::time::timeout;
use url::Url;

use crate::Composer;
use crate::message::Wire;

/// How long a mail server may be silent.
const SILENCE: Duration = Duration::from_secs(10);
/// How long one mail may take; a queue lets nobody keep a mail longer than a minute.
const PATIENCE: Duration = Duration::from_secs(40);

/// Hands mails to a mail server.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    composer: Composer,
}

/// Why an address of a mail server is none. It may hold a password, so it is never told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSmtpUrl {
    /// Not a URL we know.
    #[error("it must be smtp://[user:password@]host[:port] or smtps://…")]
    Form,
    /// Ignored, a misspelt option would leave the connection open to everybody.
    #[error("its only option is tls=required or tls=opportunistic, with smtp://")]
    Option,
    /// Ignored, a name alone would sign in nobody.
    #[error("its user has no password")]
    Password,
}

impl SmtpMailer {
    /// `smtps://user:password@host`, or `smtp://…?tls=required` for STARTTLS; `smtp://host` alone is not encrypted. Must
    /// be called within a Tokio runtime, where its connections are kept.
    pub fn new(url: &Secret, composer: Composer) -> Result<Self, BadSmtpUrl> {
        check(url.expose())?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())
            .map_err(|_| BadSmtpUrl::Form)?
            .timeout(Some(SILENCE))
            .pool_config(PoolConfig::new().max_size(4))
            .build();
        Ok(Self { transport, composer })
    }
}

fn check(url: &str) -> Result<(), BadSmtpUrl> {
    let url = Url::parse(url).map_err(|_| BadSmtpUrl::Form)?;
    if !matches!(url.scheme(), "smtp" | "smtps") || url.host_str().is_none_or(str::is_empty) {
        return Err(BadSmtpUrl::Form);
    }
    let options: Vec<_> = url.query_pairs().collect();
    let known = match options.as_slice() {
        [] => true,
        [(key, value)] => url.scheme() == "smtp" && key == "tls" && matches!(&**value, "required" | "opportunistic"),
        _ => false,
    };
    if !known {
        return Err(BadSmtpUrl::Option);
    }
    if url.username().is_empty() == url.password().is_some() { Err(BadSmtpUrl::Password) } else { Ok(()) }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &QueuedMail) -> Result<(), Fault> {
        let message = self.composer.compose(mail, Wire::SevenBit)?;
        match timeout(PATIENCE, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            // Servers like to repeat the address, and faults are logged.
            Ok(Err(error)) => Err(Fault::Unavailable(error.to_string().replace(mail.to.as_str(), "…").into())),
            Err(elapsed) => Err(Fault::Unavailable(elapsed.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    use super::*;
    use crate::render::tests::invitation;

    fn mailer(url: &str) -> Result<SmtpMailer, BadSmtpUrl> {
        SmtpMailer::new(&Secret::new(url), Composer::new("https://id.example.org", None).unwrap())
    }

    #[tokio::test]
    async fn the_usual_addresses_are_taken() {
        for good in [
            "smtp://localhost",
            "smtp://127.0.0.1:2525",
            "smtps://user:p%40ss@mail.example.org",
            "smtp://user:pass@mail.example.org:587?tls=required",
            "smtp://mail.example.org/ehlo.example.org?tls=opportunistic",
        ] {
            assert!(mailer(good).is_ok(), "{good}");
        }
    }

    #[tokio::test]
    async fn an_address_that_would_do_less_than_it_says_is_refused() {
        for (bad, why) in [
            ("", BadSmtpUrl::Form),
            ("localhost:25", BadSmtpUrl::Form),
            ("smtp://", BadSmtpUrl::Form),
            ("http://mail.example.org", BadSmtpUrl::Form),
            ("smtp://mail.example.org?tls=yes", BadSmtpUrl::Option),
            ("smtp://mail.example.org?TLS=required", BadSmtpUrl::Option),
            ("smtp://mail.example.org?tls=opportunistic&tls=required", BadSmtpUrl::Option),
            ("smtps://mail.example.org?tls=opportunistic", BadSmtpUrl::Option),
            ("smtps://user@mail.example.org", BadSmtpUrl::Password),
            ("smtps://:pass@mail.example.org", BadSmtpUrl::Password),
        ] {
            assert_eq!(mailer(bad).err(), Some(why), "{bad}");
        }
    }

    /// Takes one mail, or hangs up, or says no to the recipient; gives back what was sent to it.
    fn serve(recipient: Option<&'static str>) -> (String, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut heard = String::new();
            let Some(recipient) = recipient else { return heard };
            stream.write_all(b"220 ready\r\n").unwrap();
            let mut in_message = false;
            for line in BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok) {
                heard.push_str(&line);
                heard.push('\n');
                let answer = match line.split([' ', ':']).next().unwrap_or_default() {
                    "." => "250 taken",
                    _ if in_message => continue,
                    "DATA" => "354 go on",
                    "RCPT" => recipient,
                    "QUIT" => break,
                    _ => "250 fine",
                };
                in_message = answer.starts_with("354");
                stream.write_all(format!("{answer}\r\n").as_bytes()).unwrap();
                if line == "." {
                    break;
                }
            }
            heard
        });
        (url, server)
    }

    #[tokio::test]
    async fn a_mail_reaches_the_server() {
        let (url, server) = serve(Some("250 fine"));
        mailer(&url).unwrap().send(&invitation("Größe 蜂")).await.unwrap();
        let heard = server.join().unwrap();
        for line in ["MAIL FROM:<no-reply@id.example.org>", "RCPT TO:<ada@example.org>", "To: ada@example.org"] {
            assert!(heard.contains(line), "{line} in {heard}");
        }
        assert!(heard.is_ascii() && !heard.contains("8BITMIME"));
    }

    #[tokio::test]
    async fn mailer_1_a_mail_the_server_does_not_take_was_not_sent() {
        let (url, server) = serve(Some("550 no such user ada@example.org here"));
        let Err(Fault::Unavailable(why)) = mailer(&url).unwrap().send(&invitation("Bees")).await else {
            panic!("it was not taken")
        };
        assert!(server.join().unwrap().contains("RCPT TO"));
        assert!(why.to_string().contains("550") && !format!("{why} {why:?}").contains("ada@example.org"), "{why}");
    }

    #[tokio::test]
    async fn mailer_1_a_mail_to_a_server_that_hangs_up_was_not_sent() {
        let (url, server) = serve(None);
        assert!(matches!(mailer(&url).unwrap().send(&invitation("Bees")).await, Err(Fault::Unavailable(_))));
        server.join().unwrap();
    }
}
