use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, redirect};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// A real OpenID provider as a process, which approves of everybody; stopped when it is dropped.
pub struct OpenIdProvider {
    issuer: String,
    // It ends when it can't be heard any more.
    _said: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl OpenIdProvider {
    pub const CLIENT_ID: &str = "portcullis";
    pub const CLIENT_SECRET: &str = "known to tests only";

    /// On a free port. It sends people back to `/api/v1/auth/{google,microsoft}/callback` on any port of 127.0.0.1.
    pub async fn start() -> Self {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("openid_provider");
        assert!(dir.join("node_modules").is_dir(), "scripts/need-openid-provider fetches what it needs");
        let mut command = Command::new("node");
        command.arg("provider.js").current_dir(dir).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().expect("the provider starts");
        let mut said = BufReader::new(child.stdout.take().expect("it has an output")).lines();
        let serving = async {
            loop {
                let line = said.next_line().await.expect("its output can be read").expect("it says where it serves");
                if let Some(issuer) = line.strip_prefix("issuer ") {
                    return issuer.to_owned();
                }
            }
        };
        let issuer = timeout(Duration::from_mins(1), serving).await.expect("it serves within a minute");
        Self { issuer, _said: said, _child: child }
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What a browser does that is sent there with this URL, and where it is sent back to. `who` is told in a query
    /// string: `sub=eve&email=eve@example.com&email_verified=false`; by default, Ada.
    pub async fn approve(&self, authorization_url: &str, who: &str) -> String {
        let browser = Client::builder().redirect(redirect::Policy::none()).build().expect("a browser starts");
        let mut url = reqwest::Url::parse(authorization_url).expect("it is a URL");
        url.query_pairs_mut().append_pair("login_hint", who);
        let mut cookies: Vec<String> = Vec::new();
        for _ in 0..10 {
            let response = browser.get(url.clone()).header(COOKIE, cookies.join("; ")).send().await;
            let response = response.expect("the provider answers");
            for cookie in response.headers().get_all(SET_COOKIE) {
                let pair = cookie.to_str().ok().and_then(|it| it.split(';').next()).expect("a cookie is a pair");
                let name = pair.split_inclusive('=').next().expect("a cookie has a name");
                cookies.retain(|it| !it.starts_with(name));
                cookies.push(pair.to_owned());
            }
            let Some(next) = response.headers().get(LOCATION) else {
                panic!("the provider sends nowhere: {}", response.text().await.unwrap_or_default());
            };
            url = url.join(next.to_str().expect("a location is text")).expect("a location is a URL");
            if !url.as_str().starts_with(&self.issuer) {
                return url.into();
            }
        }
        panic!("the provider sends nowhere but to itself: {url}");
    }
}
