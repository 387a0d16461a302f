use std::io::{BufRead, BufReader};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mailin::{Action, AuthMechanism, Handler, Response, SessionBuilder, response};

/// A real SMTP server that keeps what it is given.
#[derive(Clone, Default)]
pub struct Mailbox {
    mails: Arc<Mutex<Vec<String>>>,
    current: Vec<u8>,
    to: Vec<String>,
}

impl Handler for Mailbox {
    fn helo(&mut self, _ip: IpAddr, _domain: &str) -> Response {
        response::OK
    }

    fn auth_plain(&mut self, _authorization: &str, _user: &str, _password: &str) -> Response {
        response::AUTH_OK
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

impl Mailbox {
    /// Until the process ends.
    pub fn serve(address: SocketAddr) -> Self {
        Self::begin(address, false)
    }

    /// As [`Mailbox::serve`], for who gives a password; any will do.
    pub fn serve_known(address: SocketAddr) -> Self {
        Self::begin(address, true)
    }

    fn begin(address: SocketAddr, known: bool) -> Self {
        let mailbox = Self::default();
        let listener = TcpListener::bind(address).expect("the port is free");
        let handler = mailbox.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let handler = handler.clone();
                std::thread::spawn(move || converse(stream, handler, known));
            }
        });
        mailbox
    }

    /// Every mail so far, each after a line with whom it is for.
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().expect("no test panics while it holds this").clone()
    }

    pub async fn until_received(&self, count: usize) -> Vec<String> {
        for _ in 0..600 {
            let mails = self.mails();
            if mails.len() >= count {
                return mails;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no mail arrived");
    }
}

fn converse(mut stream: TcpStream, handler: Mailbox, known: bool) -> std::io::Result<()> {
    let mut builder = SessionBuilder::new("mail.test");
    if known {
        builder.enable_auth(AuthMechanism::Plain).insecure_enable_plaintext_auth();
    }
    let mut session = builder.build(stream.peer_addr()?.ip(), handler);
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

pub fn free_address() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|it| it.local_addr()).expect("a port is free")
}
