use std::io;
use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App as Service, HttpServer};

use crate::configure::not_found;
use crate::limits::Uncounted;
use crate::registry::Place;
use crate::{App, middleware, routes};

/// Serves `/metrics` on the listener, and nothing else.
pub fn serve_metrics(listener: TcpListener, app: Data<App>) -> io::Result<Server> {
    let server = HttpServer::new(move || {
        let mut root = web::scope("")
            .wrap(from_fn(middleware::sound))
            .wrap(from_fn(middleware::headers))
            .wrap(from_fn(middleware::request))
            .wrap(from_fn(middleware::unread))
            .default_service(web::to(not_found));
        for resource in routes::all().resources(Place::Metrics) {
            root = root.service(resource);
        }
        Service::new().app_data(app.clone()).app_data(Uncounted).service(root)
    });
    Ok(server.workers(1).shutdown_timeout(1).disable_signals().listen(listener)?.run())
}
