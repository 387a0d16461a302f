use chrono::TimeDelta;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

use super::World;
use super::world::Reply;

/// An authenticator app, told by the `otpauth` URI alone, on the world's clock.
pub struct Authenticator(Totp);

impl Authenticator {
    #[track_caller]
    pub fn of(uri: &str) -> Self {
        let url = reqwest::Url::parse(uri).expect("an otpauth URI is a URI");
        let (_, secret) = url.query_pairs().find(|(key, _)| key == "secret").expect("it has a secret");
        let secret = Secret::try_from_base32(secret.as_ref()).expect("it is base32");
        Self(Builder::new().with_secret(secret).build().expect("it is long enough"))
    }

    /// The code of so many steps from now.
    pub fn code(&self, world: &World, steps: i64) -> String {
        self.code_at(world.now().timestamp() + steps * 30)
    }

    /// The code of this second since 1970.
    pub fn code_at(&self, second: i64) -> String {
        self.0.generate(u64::try_from(second).expect("after 1970")).to_string()
    }
}

impl World {
    /// To the beginning of a step, so that codes stay what they are while a request is under way.
    pub fn begin_step(&self) {
        self.clock.advance(TimeDelta::seconds(32 - self.now().timestamp().rem_euclid(30)));
    }

    /// Sets codes of the moment up and confirms them, with the code of one step ago: the next is still good.
    pub async fn enable_mfa(&self, access: &str) -> (Authenticator, Vec<String>) {
        self.begin_step();
        let shown = self.post("/me/mfa/setup", access, json!({})).await.expect(200);
        let authenticator = Authenticator::of(&shown.text_of("/otpauth_url"));
        let codes = shown.body["recovery_codes"].as_array().expect("there are recovery codes");
        let codes = codes.iter().map(|it| it.as_str().expect("a code is text").to_owned()).collect();
        let code = authenticator.code(self, -1);
        self.post("/me/mfa/verify", access, json!({"code": code})).await.expect(204);
        (authenticator, codes)
    }

    /// Signs in with these fields beside address and password.
    pub async fn log_in_besides(&self, email: &str, besides: Value) -> Reply {
        let mut body = json!({"email": email, "password": super::world::PASSWORD});
        for (key, value) in besides.as_object().expect("fields") {
            body[key] = value.clone();
        }
        self.post("/auth/login", "", body).await
    }

    /// Proves a user's address, and what it is good for can be done.
    pub async fn verify_email(&self, email: &str) {
        let token = self.mailed_token(email, "verify-email").await;
        self.post("/auth/verify-email", "", json!({"token": token})).await.expect(204);
    }
}
