use std::sync::Arc;

use adapter_http::Certificate;
use kernel::Fault;

/// Takes over a certificate that has changed. One that can't be used changes nothing: the one before goes on.
pub async fn certificate(certificate: Arc<Certificate>) -> Result<bool, Fault> {
    match certificate.look_again() {
        Ok(false) => {}
        Ok(true) => tracing::info!("another certificate is shown from now on"),
        Err(error) => {
            let error = crate::command::chain(&error);
            tracing::error!(error, "the certificate's files can't be used; the one before is shown on");
        }
    }
    Ok(false)
}
