use std::time::Duration;

use kernel::Fault;
use reqwest::{Client, ClientBuilder, redirect};
use rustls::crypto::CryptoProvider;

/// What every way out begins with: no redirect is followed, nothing of the environment decides, and nothing takes longer
/// than `patience`. The process must have installed a provider of cryptography.
pub(crate) fn builder(connect: Duration, patience: Duration) -> Result<ClientBuilder, Fault> {
    if CryptoProvider::get_default().is_none() {
        return Err(Fault::defect("no provider of cryptography is installed"));
    }
    Ok(Client::builder()
        .redirect(redirect::Policy::none())
        // A proxy would resolve names by itself.
        .no_proxy()
        .connect_timeout(connect)
        .timeout(patience)
        .pool_max_idle_per_host(2))
}
