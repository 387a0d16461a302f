//! Requests through the whole router, against mocked ports.

mod admin;
mod auth;
mod browsers;
mod camel_case;
mod cookies;
mod doors;
mod edge;
mod endpoints;
mod envelopes;
mod identities;
mod keys;
mod limits;
mod lists;
mod logos;
mod me;
mod mfa;
mod organizations;
mod pages;
mod passkeys;
mod programs;
mod providers;
mod repeating;
mod served;

use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use serde_json::Value;

use crate::configure;
use crate::testing::Ports;

/// What came back.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// What the browser is to keep, each with its attributes.
    fn cookies(&self) -> Vec<&str> {
        self.headers.iter().filter(|(key, _)| key == "set-cookie").map(|(_, value)| value.as_str()).collect()
    }

    /// The value the browser is to keep under this name.
    fn cookie(&self, name: &str) -> Option<&str> {
        let found = self.cookies().into_iter().find_map(|it| it.strip_prefix(name)?.strip_prefix('='))?;
        found.split(';').next()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// Status and type of an error, whose envelope is whole.
    fn error(&self) -> (u16, String) {
        let body = self.json();
        for field in ["code", "type", "message", "request_id"] {
            assert!(body[field].as_str().is_some_and(|it| !it.is_empty()), "{field}: {body}");
        }
        assert_eq!(body["request_id"].as_str(), self.header("x-request-id"));
        assert_eq!(self.header("content-type"), Some("application/json"));
        (self.status, body["type"].as_str().unwrap().to_owned())
    }
}

async fn send(ports: Ports, request: TestRequest) -> Answer {
    serve(ports).await(request).await
}

/// For many requests.
async fn serve(ports: Ports) -> impl AsyncFn(TestRequest) -> Answer {
    let service = init_service(actix_web::App::new().configure(configure(ports.app()))).await;
    async move |request: TestRequest| {
        let response = call_service(&service, request.to_request()).await;
        let status = response.status().as_u16();
        let header =
            |(name, value): (&HeaderName, &HeaderValue)| (name.to_string(), value.to_str().unwrap().to_owned());
        let headers = response.headers().iter().map(header).collect();
        let text = String::from_utf8_lossy(&read_body(response).await).into_owned();
        Answer { status, headers, text }
    }
}

fn request(method: Method, path: &str) -> TestRequest {
    TestRequest::default().method(method).uri(path)
}

fn get(path: &str) -> TestRequest {
    request(Method::GET, path)
}

fn post(path: &str, body: &Value) -> TestRequest {
    request(Method::POST, path).set_json(body)
}

fn by(token: &str, request: TestRequest) -> TestRequest {
    request.insert_header(("Authorization", format!("Bearer {token}")))
}

/// A path of this route: something of the right form stands for each parameter.
fn path_of(row: &crate::RouteRow) -> String {
    let path = spelled_out(&row.path);
    assert!(!path.contains('{'), "{path}: say what stands for the parameter");
    path
}

fn spelled_out(path: &str) -> String {
    let id = crate::testing::caller("member").unwrap().user.to_string();
    let known = [
        ("v1/organizations/{id}", "v1/organizations/acme"),
        ("{service}", "SMS_GATEWAY"),
        ("{code}", "SMS_GATEWAY"),
        ("{key}", "free"),
        ("{provider}", "google"),
        ("{identity}", "google"),
        ("{permission}", "audit.view"),
        ("{id}", id.as_str()),
        ("{delivery}", id.as_str()),
    ];
    known.iter().fold(path.to_owned(), |path, (parameter, value)| path.replace(parameter, value))
}

/// What a browser that comes from a page of ours sends along.
fn browsing(cookies: &str, request: TestRequest) -> TestRequest {
    request.insert_header(("Cookie", cookies.to_owned())).insert_header(("Origin", "http://127.0.0.1:8080"))
}

/// Where this token's user is there, in a session whose factor was given so many seconds ago.
fn since(token: &'static str, seconds: i64) -> Ports {
    let mut ports = Ports::default();
    ports.users.expect_by_id().returning(move |_| Ok(Some(crate::testing::user(token))));
    let mut session = crate::testing::session(token);
    session.auth_time -= chrono::TimeDelta::seconds(seconds);
    ports.sessions.expect_by_id().returning(move |_| Ok(Some(session.clone())));
    ports
}
