use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web::Data;
use actix_web::{App as Service, HttpServer};

use crate::{App, configure};

/// Serves the API on the listener until the returned server's handle stops it: what has begun is finished first.
/// Signals are the caller's business.
pub fn serve(listener: TcpListener, app: Data<App>) -> io::Result<Server> {
    let configure = configure(app);
    let server = HttpServer::new(move || Service::new().configure(configure.clone()))
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(10))
        .client_disconnect_timeout(Duration::from_secs(5))
        .shutdown_timeout(5)
        .disable_signals()
        .listen(listener)?
        .run();
    Ok(server)
}
