use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web::Data;
use actix_web::{App as Service, HttpServer};

use crate::{App, Certificate, configure};

/// Serves the API on the listener until the returned server's handle stops it: what has begun is finished first. With a
/// certificate it speaks TLS, and nothing else. Signals are the caller's business.
pub fn serve(listener: TcpListener, certificate: Option<Arc<Certificate>>, app: Data<App>) -> io::Result<Server> {
    let configure = configure(app);
    let server = HttpServer::new(move || Service::new().configure(configure.clone()))
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(10))
        .client_disconnect_timeout(Duration::from_secs(5))
        // Longer than a request may take, its upload included.
        .shutdown_timeout(30)
        .disable_signals();
    let server = match certificate {
        Some(it) => server.listen_rustls_0_23(listener, it.config().map_err(io::Error::other)?)?,
        None => server.listen(listener)?,
    };
    Ok(server.run())
}
