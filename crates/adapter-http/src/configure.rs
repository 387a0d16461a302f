use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use crate::error::Kind;
use crate::registry::{MOUNTS, Place};
use crate::{App, docs, limits, middleware, pages, routes};

/// A service with what every request to it passes, the last first.
macro_rules! passed {
    ($service:expr) => {
        $service
            .wrap(from_fn(middleware::sound))
            .wrap(from_fn(middleware::limits))
            .wrap(from_fn(middleware::https))
            .wrap(from_fn(middleware::cors))
            .wrap(from_fn(middleware::headers))
            .wrap(from_fn(middleware::request))
            .wrap(from_fn(middleware::unread))
    };
}

/// Mounts everything: the API, what operators ask, the documentation and the pages mails link to.
pub fn configure(app: Data<App>) -> impl Fn(&mut ServiceConfig) + Clone {
    let routes = Arc::new(routes::all());
    let specification = Data::new(docs::Specification::new(&app.support_email));
    move |config| {
        let mut root = passed!(web::scope("")).default_service(web::to(not_found));
        for mount in MOUNTS {
            let mut scope = web::scope(mount).default_service(web::to(not_found));
            for resource in routes.resources(Place::Api) {
                scope = scope.service(resource);
            }
            root = root.service(scope);
        }
        for resource in routes.resources(Place::Root) {
            root = root.service(resource);
        }
        if !app.operations.metrics_apart {
            for resource in routes.resources(Place::Metrics) {
                root = root.service(resource);
            }
        }
        config
            .app_data(app.clone())
            .app_data(specification.clone())
            .service(root.configure(docs::configure).configure(pages::configure))
            // What has no path at all, such as `OPTIONS *`.
            .default_service(passed!(web::to(not_found)));
    }
}

pub(crate) async fn not_found(request: HttpRequest) -> HttpResponse {
    limits::astray(request, Kind::NOT_FOUND.into()).await
}
