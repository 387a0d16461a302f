//! The guides of `docs/`, to be read where the API is.

use std::sync::LazyLock;

use actix_web::http::header::{CONTENT_SECURITY_POLICY, ContentType};
use actix_web::web::{Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, html};

use super::{escaped, resource};
use crate::error::{ApiError, Kind};
use crate::registry::reading;

/// Nothing of them runs.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

macro_rules! guides {
    ($($name:literal)+) => { [$(($name, include_str!(concat!("../../../../docs/", $name, ".md")))),+] };
}

/// Those for users and operators, in the order they are read.
const GUIDES: [(&str, &str); 8] = guides!(
    "quickstart" "authentication" "authorization" "entitlements" "webhooks" "audit" "best-practices" "operations"
);

/// Each as a page.
static PAGES: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
    let page = |(name, text): (&'static str, &str)| (name, html_of(title(text), &rendered(text)));
    let list = GUIDES.iter().map(|(name, text)| format!("<li><a href=\"/guides/{name}\">{}</a></li>", title(text)));
    let index =
        format!("<h1>Guides</h1>\n<ul>{}</ul>\n<p><a href=\"/docs\">API reference</a></p>", list.collect::<String>());
    GUIDES.into_iter().map(page).chain([("", html_of("Guides", &index))]).collect()
});

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(resource("/guides", reading().to(|request: HttpRequest| async move { answer(&request, "") })))
        .service(resource(
            "/guides/{name}",
            reading().to(|request: HttpRequest, name: Path<String>| async move { answer(&request, &name) }),
        ));
}

fn answer(request: &HttpRequest, name: &str) -> HttpResponse {
    match PAGES.iter().find(|(known, _)| *known == name) {
        Some((_, page)) => reading_page(page.clone()),
        None => ApiError::from(Kind::NOT_FOUND).respond(request),
    }
}

/// A page with nothing to press.
pub(crate) fn reading_page(html: String) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer.content_type(ContentType::html()).insert_header((CONTENT_SECURITY_POLICY, POLICY)).body(html)
}

/// A whole page around its inside.
pub(crate) fn html_of(title: &str, inside: &str) -> String {
    include_str!("reading.html").replace("{{title}}", &escaped(title)).replace("{{inside}}", inside)
}

fn title(markdown: &str) -> &str {
    markdown.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default()
}

/// As HTML. Links between documents lead to their pages; those to what is not served are left as text.
pub(crate) fn rendered(markdown: &str) -> String {
    let mut open = Vec::new();
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let target = target(&dest_url);
            open.push(target.is_some());
            Some(Event::Start(Tag::Link { link_type, dest_url: target?, title, id }))
        }
        Event::End(pulldown_cmark::TagEnd::Link) => open.pop().unwrap_or_default().then_some(event),
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        other => Some(other),
    });
    let mut page = String::new();
    html::push_html(&mut page, events);
    page
}

fn target(link: &str) -> Option<CowStr<'static>> {
    let (path, part) = link.split_once('#').map_or((link, ""), |(path, part)| (path, part));
    if path.starts_with("https://") || path.starts_with('/') {
        return Some(link.to_owned().into());
    }
    let name = path.trim_start_matches("docs/").strip_suffix(".md")?;
    let part = if part.is_empty() { String::new() } else { format!("#{part}") };
    GUIDES.iter().any(|(known, _)| *known == name).then(|| format!("/guides/{name}{part}").into())
}
