use std::io::{BufRead, BufReader};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kernel::Secret;
use mailin::{Action, Handler, Response, SessionBuilder, response};

use crate::support::{World, eventually};

/// A real SMTP server that keeps what it is given.
#[derive(Clone, Default)]
struct Mailbox {
    mails: Arc<Mutex<Vec<String>>>,
    current: Vec<u8>,
    to: Vec<String>,
}

impl Handler for Mailbox {
    fn helo(&mut self, _ip: IpAddr, _domain: &str) -> Response {
        response::OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        self.to.push(to.to_owned());
        response::OK
    }

    fn data_start(&mut self, _domain: &str, _from: &str, _is8bit: bool, to: &[String]) -> Response {
        self.to = to.to_vec();
        self.current.clear();
        response::START_DATA
    }

    fn data(&mut self, buf: &[u8]) -> std::io::Result<()> {
        self.current.extend_from_slice(buf);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let mail = format!("{}\n{}", self.to.join(","), String::from_utf8_lossy(&self.current));
        self.mails.lock().expect("no test panics while it holds this").push(mail);
        response::OK
    }
}

/// Until the process ends.
fn serve(address: SocketAddr) -> Mailbox {
    let mailbox = Mailbox::default();
    let listener = TcpListener::bind(address).expect("the port is free");
    let handler = mailbox.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handler = handler.clone();
            std::thread::spawn(move || converse(stream, handler));
        }
    });
    mailbox
}

fn converse(mut stream: TcpStream, handler: Mailbox) -> std::io::Result<()> {
    let mut session = SessionBuilder::new("mail.test").build(stream.peer_addr()?.ip(), handler);
    session.greeting().write_to(&mut stream)?;
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let answer = session.process(&line);
        line.clear();
        if !matches!(answer.action, Action::NoReply) {
            answer.write_to(&mut stream)?;
        }
        if matches!(answer.action, Action::Close) {
            break;
        }
    }
    Ok(())
}

fn free_address() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|it| it.local_addr()).expect("a port is free")
}

async fn until_received(mailbox: &Mailbox, count: usize) -> Vec<String> {
    for _ in 0..200 {
        let mails = mailbox.mails.lock().expect("no test panics while it holds this").clone();
        if mails.len() >= count {
            return mails;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no mail arrived");
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_go_to_the_mail_server_where_there_is_one() {
    let address = free_address();
    let mailbox = serve(address);
    let world = World::with(|config| config.smtp_url = Some(Secret::new(format!("smtp://{address}")))).await;
    world.sign_up("acme").await;
    let mails = until_received(&mailbox, 1).await;
    assert!(mails[0].starts_with("acme@example.com\n"), "{}", mails[0]);
    assert!(mails[0].contains("Message-ID:") && mails[0].contains("Subject:"), "{}", mails[0]);
    assert!(!world.data_dir.join("outbox").exists(), "with a mail server no mail is a file");
    let left = "SELECT count(*) FROM mails WHERE sealed IS NOT NULL";
    eventually("a sent mail is wiped", async || world.database.count(left).await == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_mail_server_delays_mails_and_loses_none() {
    let address = free_address();
    let world = World::with(|config| config.smtp_url = Some(Secret::new(format!("smtp://{address}")))).await;
    world.sign_up("acme").await;
    world.sign_up("other").await;
    eventually("both are tried", async || {
        world.database.count("SELECT count(*) FROM mails WHERE attempts > 0").await == 2
    })
    .await;
    let mailbox = serve(address);
    world.clock.advance(chrono::TimeDelta::hours(2));
    assert_eq!(until_received(&mailbox, 2).await.len(), 2);
}
