use std::path::PathBuf;
use std::sync::Arc;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::clock::MovableClock;
use super::database::TestDatabase;
use super::node::Node;
use super::{documented, eventually};

pub const PASSWORD: &str = "Correct-Horse-42";
pub const ADMINISTRATOR: &str = "root@example.com";

/// Names the platform administrator.
pub fn administered(config: &mut server::Config) {
    let password = kernel::Secret::new(PASSWORD);
    config.administrator = Some(server::Administrator { email: ADMINISTRATOR.to_owned(), password });
}

/// One installation: a database, a data directory, a node or more.
pub struct World {
    // First to go: the nodes' workers end before their database does.
    nodes: Vec<Node>,
    pub database: TestDatabase,
    pub data_dir: PathBuf,
    pub clock: Arc<MovableClock>,
    pub http: reqwest::Client,
}

/// What was answered.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Reply {
    /// Of an operation of the path: what the specification does not say of any fails.
    pub async fn of(response: reqwest::Response) -> Self {
        Self::checked(None, response).await
    }

    /// Of the operation that was asked for: what the specification does not say of it fails.
    pub async fn to(method: Method, response: reqwest::Response) -> Self {
        Self::checked(Some(method), response).await
    }

    async fn checked(method: Option<Method>, response: reqwest::Response) -> Self {
        let path = response.url().path().to_owned();
        let reply = Self::read(response).await;
        documented::check(method.as_ref(), &path, reply.status.as_u16(), &reply.body);
        reply
    }

    /// As it is, such as what a browser is told before it asks.
    pub async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("the answer arrives whole");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self { status, headers, text, body }
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// Its status, which is one of these.
    #[track_caller]
    pub fn expect_one_of(&self, statuses: &[u16]) -> u16 {
        let status = self.status.as_u16();
        assert!(statuses.contains(&status), "{}", self.text);
        status
    }

    /// It is an error in the contract's envelope.
    #[track_caller]
    pub fn expect_error(self, status: u16, kind: &str) -> Self {
        let it = self.expect(status);
        assert_eq!(it.body["type"], kind, "{}", it.text);
        assert!(it.body["code"].is_string() && it.body["message"].is_string(), "{}", it.text);
        assert!(it.body["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{}", it.text);
        it
    }

    #[track_caller]
    pub fn text_of(&self, pointer: &str) -> String {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("no text at {pointer} in {}", self.text)).to_owned()
    }

    #[track_caller]
    pub fn data(&self) -> &Vec<Value> {
        self.body["data"].as_array().unwrap_or_else(|| panic!("no list in {}", self.text))
    }
}

/// Somebody signed in.
#[derive(Clone, Debug)]
pub struct Person {
    pub user: String,
    pub email: String,
    pub organization: String,
    pub access: String,
    pub refresh: String,
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With a platform administrator.
    pub async fn administered() -> Self {
        Self::with(administered).await
    }

    /// With a configuration of its own.
    pub async fn with(configure: impl Fn(&mut server::Config)) -> Self {
        let database = TestDatabase::new().await;
        let data_dir = std::env::temp_dir().join(&database.name);
        std::fs::create_dir_all(&data_dir).expect("a directory can be made");
        let clock = Arc::new(MovableClock::default());
        let node = Node::start(&database, &data_dir, &clock, &configure).await;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client can be made");
        Self { database, data_dir, clock, nodes: vec![node], http }
    }

    /// Another node on the same database.
    pub async fn add_node(&mut self) -> usize {
        self.add_node_with(|_| {}).await
    }

    /// Another node on the same database, configured so.
    pub async fn add_node_with(&mut self, configure: impl Fn(&mut server::Config)) -> usize {
        let node = Node::start(&self.database, &self.data_dir, &self.clock, &configure).await;
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// What time it is there.
    pub fn now(&self) -> kernel::Time {
        use kernel::Clock;
        self.clock.now()
    }

    pub fn url(&self, path: &str) -> String {
        self.url_at(0, path)
    }

    pub fn url_at(&self, node: usize, path: &str) -> String {
        let base = &self.nodes[node].url;
        if path.starts_with("//") { format!("{base}{}", &path[1..]) } else { format!("{base}/api/v1{path}") }
    }

    /// The first node's address, which is its public URL too.
    pub fn base(&self) -> &str {
        &self.nodes[0].url
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, self.url(path))
    }

    pub async fn get(&self, path: &str, token: &str) -> Reply {
        self.get_at(0, path, token).await
    }

    pub async fn get_at(&self, node: usize, path: &str, token: &str) -> Reply {
        let request = self.http.get(self.url_at(node, path)).bearer_auth(token);
        Reply::to(Method::GET, request.send().await.expect("the server answers")).await
    }

    pub async fn patch(&self, path: &str, token: &str, body: Value) -> Reply {
        let request = self.http.patch(self.url(path)).bearer_auth(token).json(&body);
        Reply::to(Method::PATCH, request.send().await.expect("the server answers")).await
    }

    pub async fn put(&self, path: &str, token: &str, body: Value) -> Reply {
        let request = self.http.put(self.url(path)).bearer_auth(token).json(&body);
        Reply::to(Method::PUT, request.send().await.expect("the server answers")).await
    }

    pub async fn patch_at(&self, node: usize, path: &str, token: &str, body: Value) -> Reply {
        let request = self.http.patch(self.url_at(node, path)).bearer_auth(token).json(&body);
        Reply::to(Method::PATCH, request.send().await.expect("the server answers")).await
    }

    pub async fn delete(&self, path: &str, token: &str) -> Reply {
        let request = self.http.delete(self.url(path)).bearer_auth(token);
        Reply::to(Method::DELETE, request.send().await.expect("the server answers")).await
    }

    pub async fn post(&self, path: &str, token: &str, body: Value) -> Reply {
        self.post_at(0, path, token, body).await
    }

    pub async fn post_at(&self, node: usize, path: &str, token: &str, body: Value) -> Reply {
        let mut request = self.http.post(self.url_at(node, path)).json(&body);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        Reply::to(Method::POST, request.send().await.expect("the server answers")).await
    }

    /// A new organization with its owner.
    pub async fn sign_up(&self, slug: &str) -> Person {
        let email = format!("{slug}@example.com");
        let username = slug.replace('-', "_");
        let body = json!({
            "name": format!("The {slug} company"), "slug": slug,
            "owner": {"email": email, "username": username, "password": PASSWORD},
        });
        let reply = self.post("/tenants", "", body).await.expect(201);
        person(&reply, &email)
    }

    /// A new user who joins by invitation.
    pub async fn join(&self, inviter: &Person, email: &str, role: &str) -> Person {
        self.post("/team/invite", &inviter.access, json!({"email": email, "role": role})).await.expect(201);
        let token = self.mailed_token(email, "invitations/accept").await;
        let username = email.split('@').next().unwrap_or("x").replace(['.', '-', '+'], "_");
        let body = json!({"token": token, "username": username, "password": PASSWORD});
        let reply = self.post("/invitations/accept", "", body).await.expect(200);
        person(&reply, email)
    }

    pub async fn log_in(&self, email: &str) -> Reply {
        self.log_in_with(email, PASSWORD).await
    }

    pub async fn log_in_with(&self, email: &str, password: &str) -> Reply {
        self.post("/auth/login", "", json!({"email": email, "password": password})).await
    }

    /// The token of the newest mail to an address whose link leads to `path`; waits for the first.
    pub async fn mailed_token(&self, email: &str, path: &str) -> String {
        let mut tokens = Vec::new();
        eventually(&format!("a mail to {email} leads to {path}"), async || {
            tokens = self.mailed_tokens(email, path);
            !tokens.is_empty()
        })
        .await;
        tokens.pop().expect("there is one")
    }

    /// The token of every mail to an address whose link leads to `path`, the newest last.
    pub fn mailed_tokens(&self, email: &str, path: &str) -> Vec<String> {
        let mark = format!("{path}?token=");
        let token = |mail: &String| {
            let rest = &mail[mail.find(&mark)? + mark.len()..];
            Some(rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_').collect())
        };
        self.mails_to(email).iter().filter_map(token).collect()
    }

    /// Every mail to an address, the newest last.
    fn mails_to(&self, email: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.data_dir.join("outbox")) else { return Vec::new() };
        let mut mails: Vec<PathBuf> = entries.filter_map(|it| Some(it.ok()?.path())).collect();
        mails.sort();
        let whole = mails.iter().filter(|mail| mail.extension().is_some_and(|it| it == "eml"));
        whole
            .filter_map(|mail| std::fs::read_to_string(mail).ok())
            .filter(|mail| mail.lines().any(|line| line.starts_with("To:") && line.contains(email)))
            .collect()
    }

    /// The subjects of all mails to an address, the newest last.
    pub fn subjects(&self, email: &str) -> Vec<String> {
        let subject = |mail: &String| mail.lines().find_map(|line| line.strip_prefix("Subject: ").map(str::to_owned));
        self.mails_to(email).iter().filter_map(subject).collect()
    }

    /// Every temporary password mailed to an address, the newest last.
    pub fn temporary_passwords(&self, email: &str) -> Vec<String> {
        let value = |mail: &String| {
            mail.lines().find_map(|line| line.strip_prefix("Temporary password: ").map(|it| it.trim().to_owned()))
        };
        self.mails_to(email).iter().filter_map(value).collect()
    }

    /// Asks for a temporary password and waits for it.
    pub async fn temporary_password(&self, email: &str) -> String {
        let before = self.temporary_passwords(email).len();
        self.post("/auth/forgot-password", "", json!({"email": email})).await.expect(204);
        let mut found = Vec::new();
        eventually(&format!("a temporary password for {email}"), async || {
            found = self.temporary_passwords(email);
            found.len() > before
        })
        .await;
        found.pop().expect("there is one")
    }

    /// The access token of the platform administrator whom [`World::administered`] names.
    pub async fn administrator(&self) -> String {
        let body = json!({"email": ADMINISTRATOR, "password": PASSWORD});
        self.post("/auth/login", "", body).await.expect(200).text_of("/access_token")
    }

    /// Every entry of an organization's audit log, newest first.
    pub async fn audit(&self, person: &Person) -> Vec<Value> {
        self.get("/audit-logs?limit=100", &person.access).await.expect(200).data().clone()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.data_dir).ok();
    }
}

#[track_caller]
pub fn person(reply: &Reply, email: &str) -> Person {
    Person {
        user: reply.text_of("/user/id"),
        email: email.to_owned(),
        organization: reply.text_of("/organization/id"),
        access: reply.text_of("/access_token"),
        refresh: reply.text_of("/refresh_token"),
    }
}
