//! The pages that links in mails lead to. Opening one changes nothing, for mail scanners open links too; its button
//! sends the token to the API.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, ContentType};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, Route};

use crate::error::ApiError;
use crate::registry::reading;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(page("/verify-email", include_str!("verify_email.html")))
        .service(page("/confirm-email", include_str!("confirm_email_change.html")))
        .service(page("/undo-email-change", include_str!("undo_email_change.html")))
        .service(page("/recover-account", include_str!("recover_account.html")))
        .service(page("/invitations/accept", include_str!("accept_invitation.html")))
        .service(asset("/assets/pages.js", "text/javascript; charset=utf-8", include_str!("pages.js")))
        .service(asset("/assets/pages.css", "text/css; charset=utf-8", include_str!("pages.css")));
}

fn page(path: &str, html: &'static str) -> Resource {
    let answer = move || async move {
        HttpResponse::Ok().content_type(ContentType::html()).insert_header((CONTENT_SECURITY_POLICY, POLICY)).body(html)
    };
    resource(path, reading().to(answer))
}

fn asset(path: &str, kind: &'static str, text: &'static str) -> Resource {
    resource(path, reading().to(move || async move { HttpResponse::Ok().content_type(kind).body(text) }))
}

/// A resource that is read, and refuses everything else as the API does.
pub(crate) fn resource(path: &str, route: Route) -> Resource {
    let refuse = |request: HttpRequest| async move { ApiError::method_not_allowed("GET, HEAD").respond(&request) };
    web::resource(path).route(route).default_service(web::to(refuse))
}
