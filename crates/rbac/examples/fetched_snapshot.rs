//! Decides from what it fetches from a running server, and fetches it again only where it has changed:
//!
//! ```sh
//! cargo run -p portcullis-rbac --example fetched_snapshot -- 127.0.0.1:8080 ORGANIZATION KEY USER PERMISSION
//! ```
//!
//! A service of one's own has an HTTP client already; this one gets by without.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;

use rbac::{Facts, Holder, Permission, Snapshot, Time, UserId};

/// What was fetched last.
struct Known {
    tag: String,
    snapshot: Snapshot,
}

struct Server {
    address: String,
    organization: String,
    key: String,
}

impl Server {
    /// As it is now: what is known already, where nothing has changed.
    fn refresh(&self, known: Option<Known>) -> Result<Known, Box<dyn Error>> {
        let tag = known.as_ref().map_or("\"\"", |it| it.tag.as_str());
        let mut connection = TcpStream::connect(&self.address)?;
        write!(
            connection,
            "GET /api/v1/organizations/{}/authorization-snapshot HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             If-None-Match: {tag}\r\nConnection: close\r\n\r\n",
            self.organization, self.address, self.key
        )?;
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|it| it == b"\r\n\r\n").ok_or("no answer")?;
        let (head, body) = (String::from_utf8_lossy(&answer[..end]).into_owned(), &answer[end + 4..]);
        let status = head.split(' ').nth(1).unwrap_or_default();
        match (status, known) {
            ("304", Some(known)) => Ok(known),
            ("200", _) => {
                let header =
                    |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
                let tag = head.lines().filter_map(header).find(|(name, _)| name == "etag").ok_or("no ETag")?.1;
                Ok(Known { tag, snapshot: Snapshot::build(Facts::from_json(body)?) })
            }
            _ => Err(format!("{status}: {}", String::from_utf8_lossy(body)).into()),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a program of its own: nobody injects a clock")]
fn now() -> Time {
    std::time::SystemTime::now().into()
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, organization, key, user, permission] = arguments.as_slice() else {
        return Err("usage: fetched_snapshot ADDRESS ORGANIZATION KEY USER PERMISSION".into());
    };
    let server = Server { address: address.clone(), organization: organization.clone(), key: key.clone() };
    let (user, permission): (UserId, _) = (user.parse()?, Permission::parse(permission).ok_or("no permission")?);
    let first = server.refresh(None)?;
    let known = server.refresh(Some(first))?;
    let explained = known.snapshot.explain(Holder::at(user, now()), &permission);
    let (version, members) = (known.snapshot.version(), known.snapshot.members());
    println!("version {version}, {members} members");
    println!("{permission}: {} {:?}", explained.verdict.reason.as_str(), explained.because);
    Ok(())
}
