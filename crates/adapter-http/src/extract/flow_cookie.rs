use actix_web::HttpRequest;
use actix_web::dev::Payload;
use kernel::Secret;

use super::{Extract, Needs, app};
use crate::cookies::Kept;
use crate::error::ApiError;

/// What shows that a way through a provider was begun in this browser.
pub(crate) struct FlowCookie {
    pub kept: Option<Secret>,
    /// Whether it surely comes from where it may.
    pub is_proved: bool,
}

impl Extract for FlowCookie {
    fn tell(needs: &mut Needs) {
        needs.sets_cookies = true;
    }

    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        let app = app(request)?;
        let kept = app.cookies.shown(request, Kept::Flow).map(Secret::new);
        Ok(Self { kept, is_proved: app.csrf.is_proved(&app.cookies, request) })
    }
}
