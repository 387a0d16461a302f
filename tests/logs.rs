//! What is logged, by a real server that is asked to log everything: which request a line is for, and no secret.

use std::path::PathBuf;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::authenticator::Authenticator;
use crate::support::database::TestDatabase;
use crate::support::mailbox::{Mailbox, free_address};
use crate::support::process::{Process, SECRET_KEY};
use crate::support::receiver::Receiver;
use crate::support::{Reply, eventually};

const PASSWORD: &str = "Canary-Horse-42";
const DATABASE_PASSWORD: &str = "canary-of-the-database";
const SMTP_PASSWORD: &str = "canary-of-smtp";

struct Logged {
    server: Process,
    mailbox: Mailbox,
    dir: PathBuf,
    _database: TestDatabase,
    http: reqwest::Client,
}

impl Logged {
    async fn start(name: &str, variables: &[(&str, &str)]) -> Self {
        server::use_aws_lc_rs();
        let dir = std::env::temp_dir().join(format!("portcullis-logs-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory can be made");
        let database = TestDatabase::new().await;
        let separator = if database.url.contains('?') { '&' } else { '?' };
        let url = format!("{}{separator}password={DATABASE_PASSWORD}", database.url);
        let address = free_address();
        let mailbox = Mailbox::serve_known(address);
        let smtp = format!("smtp://mailer:{SMTP_PASSWORD}@{address}");
        let variables = [&[("SMTP_URL", smtp.as_str()), ("PORTCULLIS_WEBHOOK_ALLOW_HOSTS", "127.0.0.1")], variables];
        let files = ["out", "err"].map(|it| dir.join(it));
        let server = Process::start_logged(&dir, &url, &variables.concat(), [&files[0], &files[1]]).await;
        let http = reqwest::Client::builder().no_proxy().build().expect("a client can be made");
        Self { server, mailbox, dir, _database: database, http }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.server.url))
    }

    async fn get(&self, path: &str, token: &str) -> Reply {
        Reply::of(self.request(Method::GET, path).bearer_auth(token).send().await.expect("it answers")).await
    }

    async fn post(&self, path: &str, token: &str, body: Value) -> Reply {
        let mut request = self.request(Method::POST, &format!("/api/v1{path}")).json(&body);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        Reply::of(request.send().await.expect("it answers")).await
    }

    /// What stands behind this mark in the newest mail that has it.
    async fn mailed(&self, mark: &str) -> String {
        let mut found = None;
        eventually(mark, async || {
            let mails = self.mailbox.mails();
            let mut plain = mails.iter().rev().map(|it| it.replace("=\r\n", "").replace("=3D", "="));
            found = plain.find_map(|it| it.split_once(mark).map(|(_, rest)| rest.to_owned()));
            found.is_some()
        })
        .await;
        let rest = found.expect("it was found");
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').collect()
    }

    /// What it wrote to standard error, and all that it wrote.
    fn said(&self) -> [String; 2] {
        let read = |name| std::fs::read_to_string(self.dir.join(name)).expect("what it said can be read");
        let (out, err) = (read("out"), read("err"));
        let all = format!("{out}\n{err}");
        [err, all]
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.dir).ok();
    }
}

/// Stands there by itself, not within another word or number.
fn holds(text: &str, secret: &str) -> bool {
    let is_outside = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    text.match_indices(secret).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + secret.len()..].chars().next());
        secret.len() > 8 || (is_outside(before) && is_outside(after))
    })
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one way through everything that has a secret")]
async fn no_secret_is_logged_whatever_is_asked_for() {
    let mut it = Logged::start("trace", &[("RUST_LOG", "trace"), ("PORTCULLIS_LOG", "json")]).await;
    let mut secrets =
        vec![PASSWORD.to_owned(), DATABASE_PASSWORD.to_owned(), SMTP_PASSWORD.to_owned(), SECRET_KEY.to_owned()];
    let encoded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("\0mailer\0{SMTP_PASSWORD}"));
    secrets.push(encoded);

    // Signing up and in, right and wrong.
    let owner = json!({"email": "ada@canary.example", "username": "ada", "password": PASSWORD});
    let ada = it.post("/tenants", "", json!({"name": "Acme", "slug": "acme", "owner": owner})).await.expect(201);
    let access = ada.text_of("/access_token");
    secrets.extend([access.clone(), ada.text_of("/refresh_token")]);
    let wrong = "Canary-Mare-43";
    secrets.push(wrong.to_owned());
    let wrong = it.post("/auth/login", "", json!({"email": "ada@canary.example", "password": wrong})).await.expect(401);
    let right = json!({"email": "ada@canary.example", "password": PASSWORD});
    let signed_in = it.post("/auth/login", "", right.clone()).await.expect(200);
    let refreshed = it.post("/auth/refresh", "", json!({"refresh_token": signed_in.text_of("/refresh_token")})).await;
    let refreshed = refreshed.expect(200);
    for reply in [&signed_in, &refreshed] {
        secrets.extend([reply.text_of("/access_token"), reply.text_of("/refresh_token")]);
    }
    let login = it.request(Method::POST, "/api/v1/auth/login?cookie=true").header("Origin", &it.server.url);
    let cookies = Reply::of(login.json(&right).send().await.expect("it answers")).await.expect(200);
    let cookies: Vec<String> = cookies
        .headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|it| Some(it.to_str().ok()?.split(';').next()?.to_owned()))
        .collect();
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    secrets.extend(cookies.iter().filter_map(|it| Some(it.split_once('=')?.1.to_owned())));
    let me = it.request(Method::GET, "/api/v1/auth/me").header("Cookie", cookies.join("; "));
    me.send().await.expect("it answers");

    // What can't be read, and what stands in URLs.
    for body in [
        r#"{"email": "ada@canary.example", "password": "canary-in-bad-json"#,
        r#"{"email": "ada@canary.example", "password": {"of": "canary-of-a-wrong-type"}}"#,
        r#"{"email": "ada@canary.example", "password": "Aa1!aaaaaa", "canary-as-a-field": "canary-in-a-field"}"#,
    ] {
        let sent = it.request(Method::POST, "/api/v1/auth/login").header("Content-Type", "application/json").body(body);
        let status = sent.send().await.expect("it answers").status();
        assert!(status.is_client_error(), "{body}: {status}");
    }
    for (path, status) in [
        ("/verify-email?token=canary-in-a-query", 200),
        ("/api/v1/team?cursor=canary-in-a-cursor", 422),
        ("/api/v1/hives/canary-in-a-path?key=canary-in-a-key", 404),
        ("/api/v1/organizations/canary-in-a-segment", 404),
    ] {
        it.get(path, &access).await.expect(status);
    }
    it.get("/api/v1/auth/me", "canary-as-a-token").await.expect(401);
    it.get("/api/v1/auth/me", "hbx_canary-as-a-key").await.expect(401);

    // Mails: proof of the address, an invitation, a temporary password.
    let proof = it.mailed("verify-email?token=").await;
    it.post("/auth/verify-email", "", json!({"token": proof})).await.expect(204);
    it.post("/team/invite", &access, json!({"email": "bob@canary.example", "role": "member"})).await.expect(201);
    let invitation = it.mailed("invitations/accept?token=").await;
    let bob = json!({"token": invitation, "username": "bob", "password": PASSWORD});
    let bob = it.post("/invitations/accept", "", bob).await.expect(200);
    it.post("/auth/forgot-password", "", json!({"email": "bob@canary.example"})).await.expect(204);
    let temporary = it.mailed("Temporary password: ").await;
    let reset =
        json!({"email": "bob@canary.example", "temporary_password": temporary, "new_password": "Canary-Goat-44"});
    it.post("/auth/confirm-forgot-password", "", reset).await.expect(204);
    secrets.extend([proof, invitation, temporary, bob.text_of("/access_token"), "Canary-Goat-44".to_owned()]);

    // A key, a personal token, a webhook's secret.
    let key = it.post("/api-keys", &access, json!({"name": "nightly", "scopes": ["team.view"]})).await.expect(201);
    let key = key.text_of("/key");
    it.get("/api/v1/team", &key).await.expect(200);
    let token = it.post("/me/tokens", &access, json!({"name": "mine", "permissions": ["team.view"]})).await.expect(201);
    let token = token.text_of("/token");
    it.get("/api/v1/team", &token).await.expect(200);
    let receiver = Receiver::start(&[500]);
    let url = format!("http://127.0.0.1:{}/hook?canary-of-the-receiver", receiver.port);
    let hook = it.post("/webhooks", &access, json!({"url": url, "event_types": ["role.assigned"]})).await.expect(201);
    let id = hook.text_of("/id");
    it.post(&format!("/webhooks/{id}/test"), &access, json!({})).await;
    receiver.until(|received| !received.is_empty()).await;
    secrets.extend([key, token, hook.text_of("/secret"), "canary-of-the-receiver".to_owned()]);

    // A second factor.
    let shown = it.post("/me/mfa/setup", &access, json!({})).await.expect(200);
    let uri = shown.text_of("/otpauth_url");
    let parsed = reqwest::Url::parse(&uri).expect("a URI");
    let secret = parsed.query_pairs().find(|(key, _)| key == "secret").expect("it has a secret").1.into_owned();
    secrets.push(secret);
    let recovery = shown.body["recovery_codes"].as_array().expect("there are recovery codes");
    secrets.extend(recovery.iter().map(|it| it.as_str().expect("a code is text").to_owned()));
    let now = kernel::Clock::now(&adapter_crypto::SystemClock).timestamp();
    let authenticator = Authenticator::of(&uri);
    let [earlier, code] = [now - 30, now].map(|at| authenticator.code_at(at));
    it.post("/me/mfa/verify", &access, json!({"code": earlier})).await.expect(204);
    let besides = |field: &str, code: &str| {
        let mut body = right.clone();
        body[field] = code.into();
        body
    };
    it.post("/auth/login", "", besides("totp_code", &code)).await.expect(200);
    let recovered = it.post("/auth/login", "", besides("recovery_code", secrets.last().expect("a code"))).await;
    secrets.extend([earlier, code, recovered.expect(200).text_of("/refresh_token")]);

    it.server.terminate().await;
    let [lines, all] = it.said();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    // Every secret of ours that could be chosen is a canary; so is the domain of the addresses.
    let canaries: Vec<&str> = all.lines().filter(|line| line.to_lowercase().contains("canary")).collect();
    assert!(canaries.is_empty(), "{canaries:#?}");
    for line in &lines {
        let mut words = line.clone();
        words.as_object_mut().expect("a line is an object").remove("timestamp");
        let words = words.to_string();
        let leaked: Vec<&String> = secrets.iter().filter(|it| holds(&words, it)).collect();
        assert!(leaked.is_empty(), "{leaked:?} in {words}");
    }
    let known = &wrong.headers["x-request-id"];
    let of_request = |line: &&Value| line["span"]["request_id"] == known.to_str().expect("an id is text");
    let of_request: Vec<&Value> = lines.iter().filter(of_request).collect();
    let answered = of_request.iter().find(|it| it["message"] == "answered").expect("it is told that it was answered");
    assert_eq!(answered["level"], "INFO");
    assert_eq!(answered["route"], "/api/v1/auth/login");
    assert_eq!((&answered["method"], &answered["status"]), (&json!("POST"), &json!(401)));
    assert!(answered["milliseconds"].is_u64(), "{answered}");
    let is_deep = |it: &&&Value| it["target"].as_str().is_some_and(|it| it.starts_with("adapter_postgres"));
    assert!(of_request.iter().any(|it| is_deep(&it)), "its work names it too: {of_request:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unless_more_is_asked_for_a_request_is_one_line_and_who_looks_whether_it_lives_none() {
    let mut it = Logged::start("usual", &[]).await;
    it.get("/livez", "x").await.expect(200);
    it.get("/readyz", "x").await.expect(200);
    let reply = it.get("/api/v1/services?limit=1", "x").await.expect(401);
    it.get("/nowhere", "x").await.expect(404);
    it.server.terminate().await;
    let [lines, _] = it.said();
    let lines: Vec<&str> = lines.lines().filter(|line| line.contains("request{")).collect();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].contains(&reply.text_of("/request_id")) && lines[0].contains("/api/v1/services"), "{}", lines[0]);
    assert!(!lines[0].contains("limit") && !lines[1].contains("nowhere"), "{lines:#?}");
}
