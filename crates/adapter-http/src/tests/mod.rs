//! Requests through the whole router, against mocked ports.

mod admin;
mod auth;
mod camel_case;
mod doors;
mod endpoints;
mod envelopes;
mod lists;
mod me;
mod pages;
mod repeating;
mod served;

use actix_web::http::Method;
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
    let service = init_service(actix_web::App::new().configure(configure(ports.app()))).await;
    let response = call_service(&service, request.to_request()).await;
    let status = response.status().as_u16();
    let header = |(name, value): (&actix_web::http::header::HeaderName, &actix_web::http::header::HeaderValue)| {
        (name.to_string(), value.to_str().unwrap().to_owned())
    };
    let headers = response.headers().iter().map(header).collect();
    let text = String::from_utf8_lossy(&read_body(response).await).into_owned();
    Answer { status, headers, text }
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
