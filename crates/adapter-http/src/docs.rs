//! `/openapi.json` and `/openapi-3.0.json`, and `/docs`: a page to read and try it, all of it served from here.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ContentType};
use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use kernel::Fault;
use utoipa_swagger_ui::Config;

use crate::error::{ApiError, Kind};
use crate::pages::resource;
use crate::registry::reading;
use crate::{openapi, openapi_3_0};

/// The page styles itself, and draws its icons from data.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The specification, written once.
pub(crate) struct Specification {
    json: String,
    earlier: String,
    ui: Arc<Config<'static>>,
}

impl Specification {
    pub fn new(support_email: &str) -> Self {
        // A validator would be asked over the network.
        let ui = Config::new(["/openapi.json"]).validator_url("none").persist_authorization(false);
        Self {
            json: openapi(support_email).to_string(),
            earlier: openapi_3_0(support_email).to_string(),
            ui: Arc::new(ui),
        }
    }
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(resource("/openapi.json", reading().to(specification)))
        .service(resource("/openapi-3.0.json", reading().to(earlier)))
        .service(resource("/docs", reading().to(index)))
        .service(resource("/docs/", reading().to(index)))
        .service(resource("/docs/{file}", reading().to(file)));
}

async fn specification(specification: Data<Specification>) -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::json()).body(specification.json.clone())
}

async fn earlier(specification: Data<Specification>) -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::json()).body(specification.earlier.clone())
}

/// The page, its links made to work without a slash behind `/docs`.
async fn index(request: HttpRequest, specification: Data<Specification>) -> HttpResponse {
    let found = utoipa_swagger_ui::serve("index.html", Arc::clone(&specification.ui));
    let page = found.ok().flatten().and_then(|it| String::from_utf8(it.bytes.into_owned()).ok());
    match page {
        Some(page) => HttpResponse::Ok()
            .content_type(ContentType::html())
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .body(page.replace("\"./", "\"/docs/").replace("href=\"index.css\"", "href=\"/docs/index.css\"")),
        None => ApiError::from(Fault::defect("the documentation page is missing")).respond(&request),
    }
}

async fn file(request: HttpRequest, name: Path<String>, specification: Data<Specification>) -> HttpResponse {
    match utoipa_swagger_ui::serve(&name, Arc::clone(&specification.ui)) {
        Ok(Some(file)) => {
            let mut response = HttpResponse::Ok();
            response.content_type(file.content_type.as_str()).insert_header((CACHE_CONTROL, "max-age=3600"));
            if file.gzpipped {
                response.insert_header((CONTENT_ENCODING, "gzip"));
            }
            response.body(file.bytes.into_owned())
        }
        _ => ApiError::from(Kind::NOT_FOUND).respond(&request),
    }
}
