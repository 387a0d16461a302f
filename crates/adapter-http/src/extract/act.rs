use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use kernel::{Act, Actor};

use super::app;
use crate::error::ApiError;
use crate::middleware::arrival;

/// The longest user agent worth keeping, in characters.
const LONGEST_AGENT: usize = 500;

/// The request as an act of nobody yet; doors say who. The one place where acts begin.
pub(super) fn begin(request: &HttpRequest) -> Result<Act, ApiError> {
    let arrival = arrival(request)?;
    Ok(Act {
        actor: Actor::Nobody,
        narrowed: None,
        organization: None,
        address: arrival.peer.address,
        agent: agent(request),
        request_id: arrival.request_id,
        at: arrival.at,
        idempotency: None,
        ids: Arc::clone(&app(request)?.ids),
    })
}

/// What a caller's own things hang on: a key or token is a caller of its own.
pub(super) fn credential(actor: &Actor) -> Option<String> {
    match actor {
        Actor::User { id, .. } => Some(id.to_string()),
        Actor::Token { id, .. } | Actor::Key { id, .. } => Some(id.to_string()),
        Actor::Nobody | Actor::System => None,
    }
}

fn agent(request: &HttpRequest) -> Option<String> {
    let sent = String::from_utf8_lossy(request.headers().get(USER_AGENT)?.as_bytes()).into_owned();
    let agent: String = sent.chars().filter(|it| !it.is_control()).take(LONGEST_AGENT).collect();
    (!agent.is_empty()).then_some(agent)
}
