use actix_web::HttpRequest;
use actix_web::dev::Payload;
use kernel::Secret;

use super::{Extract, Needs, app};
use crate::cookies::Kept;
use crate::error::ApiError;

/// What this browser's token against forged requests belongs to.
pub(crate) struct CsrfCookie(pub Option<Secret>);

impl Extract for CsrfCookie {
    fn tell(needs: &mut Needs) {
        needs.sets_cookies = true;
    }

    async fn extract(request: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
        Ok(Self(app(request)?.cookies.shown(request, Kept::Csrf).map(Secret::new)))
    }
}
