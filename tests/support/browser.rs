use std::collections::BTreeMap;

use reqwest::Method;
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};

use super::world::PASSWORD;
use super::{Reply, World};

/// What a browser keeps, and sends along from a page of ours.
#[derive(Clone, Default)]
pub struct Browser(pub BTreeMap<String, String>);

impl Browser {
    pub async fn log_in(world: &World, email: &str) -> Self {
        let mut browser = Self::default();
        let body = json!({"email": email, "password": PASSWORD});
        browser.send(world, Method::POST, "/auth/login?cookie=true", Some(body)).await.expect(200);
        assert_eq!(browser.0.len(), 2, "{:?}", browser.0.keys());
        browser
    }

    /// One request of a page that sends many: what comes back is not kept.
    pub async fn ask(&self, world: &World, method: Method, path: &str, body: Option<Value>) -> Reply {
        let mut request =
            world.request(method.clone(), path).header("Origin", world.base()).header(COOKIE, self.shown());
        if let Some(body) = body {
            request = request.json(&body);
        }
        Reply::to(method, request.send().await.expect("the server answers")).await
    }

    /// All it keeps, as it shows it.
    pub fn shown(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub async fn send(&mut self, world: &World, method: Method, path: &str, body: Option<Value>) -> Reply {
        let reply = self.ask(world, method, path, body).await;
        self.keep(&reply);
        reply
    }

    pub async fn get(&mut self, world: &World, path: &str) -> Reply {
        self.send(world, Method::GET, path, None).await
    }

    pub fn keep(&mut self, reply: &Reply) {
        for cookie in reply.headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.len() < 4096 && cookie.contains("; Path=/; Max-Age="), "{cookie}");
            assert!(cookie.contains("; HttpOnly; SameSite=Lax; ") && !cookie.contains("Domain"), "{cookie}");
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if cookie.contains("Max-Age=0;") {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Its time has come: browsers send it no more.
    pub fn forget(&mut self, name: &str) {
        self.0.remove(name).expect("it was kept");
    }
}
