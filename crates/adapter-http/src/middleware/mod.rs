//! What every request passes, whatever it is for.

mod cors;
mod headers;
mod https;
mod limits;
mod peer;
mod request;
mod sound;
mod unread;

pub use cors::Origins;
pub(crate) use cors::cors;
pub(crate) use headers::headers;
pub(crate) use https::{WATCHED, https};
pub(crate) use limits::{admit, limits};
pub(crate) use peer::Peer;
pub use peer::TrustedProxies;
pub(crate) use request::{arrival, request, request_id};
pub(crate) use sound::sound;
pub(crate) use unread::unread;
