//! The pages that links in mails lead to, and who comes from a provider and has a second factor. Opening one changes nothing,
//! for mail scanners open links too; its button sends the token to the API.

mod guides;

use actix_web::dev::HttpServiceFactory;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, ContentType};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Route};

use crate::error::ApiError;
use crate::middleware;
use crate::registry::reading;

pub(crate) use guides::{html_of, reading_page, rendered};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// A page with one button, which sends the token on.
struct Link {
    path: &'static str,
    title: &'static str,
    text: &'static str,
    button: &'static str,
    endpoint: &'static str,
    done: &'static str,
}

const LINKS: &[Link] = &[
    Link {
        path: "/verify-email",
        title: "Verify your email address",
        text: "Confirm that this mailbox is yours.",
        button: "Verify",
        endpoint: "/api/v1/auth/verify-email",
        done: "Your email address is verified. You can close this page.",
    },
    Link {
        path: "/confirm-email",
        title: "Confirm your new email address",
        text: "Confirm that this mailbox is yours, and that your account is to use it from now on.",
        button: "Confirm",
        endpoint: "/api/v1/me/email/confirm",
        done: "This is your email address now. You can close this page.",
    },
    Link {
        path: "/undo-email-change",
        title: "Take the new email address back",
        text: "Was it not you who changed the address of your account? Give it back this one, and sign every device out.",
        button: "Give the address back",
        endpoint: "/api/v1/auth/undo-email-change",
        done: "Your account uses this address again, and every device has been signed out. Set a new password: somebody else may know the old one.",
    },
    Link {
        path: "/recover-account",
        title: "Recover your account",
        text: "Your account is about to be erased. Keep it after all.",
        button: "Recover",
        endpoint: "/api/v1/auth/recover-account",
        done: "Your account is there again. You can sign in now.",
    },
];

impl Link {
    fn html(&self) -> String {
        include_str!("link.html")
            .replace("{{title}}", self.title)
            .replace("{{text}}", self.text)
            .replace("{{button}}", self.button)
            .replace("{{endpoint}}", self.endpoint)
            .replace("{{done}}", self.done)
    }
}

/// The page that asks who comes from a provider for a second factor; it is given a code in its fragment, which no server sees.
pub(crate) const SECOND_FACTOR: &str = "/second-factor";

pub(crate) fn configure(config: &mut ServiceConfig) {
    for link in LINKS {
        config.service(page(link.path, link.html()));
    }
    config
        .service(page("/invitations/accept", include_str!("accept_invitation.html").to_owned()))
        .service(page(SECOND_FACTOR, include_str!("second_factor.html").to_owned()))
        .service(asset("/assets/pages.js", "text/javascript; charset=utf-8", include_str!("pages.js")))
        .service(asset("/assets/pages.css", "text/css; charset=utf-8", include_str!("pages.css")))
        .service(asset("/assets/reading.css", "text/css; charset=utf-8", include_str!("reading.css")))
        .configure(guides::configure);
}

fn page(path: &str, html: String) -> impl HttpServiceFactory + use<> {
    let html = Bytes::from(html);
    let answer = move || {
        let html = html.clone();
        async move {
            let mut answer = HttpResponse::Ok();
            answer.content_type(ContentType::html()).insert_header((CONTENT_SECURITY_POLICY, POLICY)).body(html)
        }
    };
    resource(path, reading().to(answer))
}

fn asset(path: &str, kind: &'static str, text: &'static str) -> impl HttpServiceFactory + use<> {
    resource(path, reading().to(move || async move { HttpResponse::Ok().content_type(kind).body(text) }))
}

/// As text that is only text.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A resource that is read, and refuses everything else as the API does.
pub(crate) fn resource(path: &str, route: Route) -> impl HttpServiceFactory + use<> {
    let refuse = |request: HttpRequest| async move { ApiError::method_not_allowed("GET, HEAD").respond(&request) };
    web::resource(path).route(route).default_service(web::to(refuse)).wrap(from_fn(middleware::admit))
}
