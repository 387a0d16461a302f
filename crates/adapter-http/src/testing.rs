//! An app of mocks to send requests to.

mod app;
mod counting;
mod ports;
mod programs;
mod refusals;
mod sign_ins;
mod waiting;

use accounts::Person;
use identity::{Label, Passkey, Provider, ProviderIdentity, Session, Totp, User};
use kernel::testing::{NOON, act, nth};
use kernel::{EmailAddress, OrganizationId, Secret, SessionId, UserId};
use serde_json::json;

pub(crate) use counting::limits;
pub(crate) use ports::Ports;
pub(crate) use programs::program;
pub(crate) use waiting::Waiting;

/// The organization sign-ins are bound to.
pub(crate) fn acme() -> OrganizationId {
    nth(900)
}

/// Another one, with the same members.
pub(crate) fn umbrella() -> OrganizationId {
    nth(920)
}

/// Who the tokens `owner`, `member` and `suspended` belong to.
pub(crate) fn caller(token: &str) -> Option<Person> {
    let (user, session): (UserId, SessionId) = match token {
        "owner" => (nth(901), nth(911)),
        "member" => (nth(902), nth(912)),
        "suspended" => (nth(903), nth(913)),
        "stranger" => (nth(904), nth(914)),
        _ => return None,
    };
    Some(Person { user, session, organization: Some(acme()) })
}

/// Who a token belongs to, as stored; `owner` administers the installation besides.
pub(crate) fn user(token: &str) -> User {
    User { administrator: token == "owner", ..identity::testing::johndoe(caller(token).unwrap().user) }
}

/// The session a token belongs to, as stored.
pub(crate) fn session(token: &str) -> Session {
    let caller = caller(token).unwrap();
    Session { organization: caller.organization, ..identity::testing::session(caller.session, caller.user) }
}

/// The second factor of a token's user, in use, and its recovery codes.
pub(crate) fn second_factor(token: &str) -> (Totp, Vec<Secret>) {
    let (totp, codes) = Totp::generate(&act(), caller(token).unwrap().user);
    (Totp { confirmed_at: Some(NOON), version: 1, ..totp }, codes)
}

/// One of `owner`'s passkeys.
pub(crate) fn passkey(n: u8) -> Passkey {
    Passkey {
        id: nth(950 + u64::from(n)),
        user: caller("owner").unwrap().user,
        name: Label::parse(&format!("passkey {n}")).unwrap(),
        credential: vec![n],
        public: json!({"public": n}),
        created_at: NOON,
        last_used_at: None,
        version: 1,
    }
}

/// `owner`'s account at Google.
pub(crate) fn google() -> ProviderIdentity {
    ProviderIdentity {
        id: nth(960),
        user: caller("owner").unwrap().user,
        provider: Provider::Google,
        issuer: "https://accounts.google.com".to_owned(),
        subject: "subject".to_owned(),
        email: EmailAddress::parse("user@example.com"),
        created_at: NOON,
        version: 1,
    }
}
