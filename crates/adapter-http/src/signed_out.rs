//! The end of a sign-in, as a browser learns of it.

use actix_web::body::BoxBody;
use actix_web::http::header::{CLEAR_SITE_DATA, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};

use crate::cookies::Kept;
use crate::extract::{app, is_by_cookie};

/// 204 to whoever has ended the session they came with; a browser forgets it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignedOut;

impl Responder for SignedOut {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut answer = HttpResponse::NoContent().finish();
        // Where a header won, the cookies are another sign-in's.
        if is_by_cookie(request) {
            let site_data = HeaderValue::from_static("\"cache\", \"storage\"");
            answer.headers_mut().insert(CLEAR_SITE_DATA, site_data);
            forget(request, &mut answer);
        }
        answer
    }
}

/// The browser forgets all it keeps.
fn forget(request: &HttpRequest, answer: &mut HttpResponse) {
    let Ok(app) = app(request) else { return };
    for kept in Kept::ALL {
        if answer.add_cookie(&app.cookies.forget(kept)).is_err() {
            tracing::error!("a browser can not be told to forget a cookie");
        }
    }
}

/// The browser forgets what it has shown and is worth nothing. Where it has shown nothing, or where a header won, there is
/// nothing to forget.
pub(crate) fn forget_shown(request: &HttpRequest, answer: &mut HttpResponse) {
    let shows = |kept| app(request).is_ok_and(|it| it.cookies.shown(request, kept).is_some());
    if is_by_cookie(request) && (shows(Kept::Access) || shows(Kept::Refresh)) {
        forget(request, answer);
    }
}
