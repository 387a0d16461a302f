use actix_web::HttpRequest;
use actix_web::dev::Payload;
use kernel::Secret;

use super::{Extract, app};
use crate::cookies::Kept;
use crate::error::ApiError;

/// What shows that a way through a provider was begun in this browser.
pub(crate) struct FlowCookie {
    pub kept: Option<Secret>,
    /// Whether a page of ours sends it.
    pub is_ours: bool,
}

impl Extract for FlowCookie {
    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        let cookies = &app(request)?.cookies;
        let kept = cookies.shown(request, Kept::Flow).map(Secret::new);
        Ok(Self { kept, is_ours: cookies.is_ours(request) })
    }
}
