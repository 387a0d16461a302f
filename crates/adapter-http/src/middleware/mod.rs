//! What every request passes, whatever it is for.

mod headers;
mod request;

pub(crate) use headers::headers;
pub(crate) use request::{arrival, request, request_id};
