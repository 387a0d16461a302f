use std::time::Duration;

use async_trait::async_trait;
use kernel::Fault;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use reqwest::{Body, Client, Request, redirect};
use rustls::crypto::CryptoProvider;

/// How a bucket is talked to: by the HTTP client that is here anyhow, and not by another one that would come with the
/// bucket. No redirect is followed, nothing of the environment decides.
#[derive(Clone, Debug)]
pub struct Wire(Client);

impl Wire {
    /// How long one try may take, and after how long no other is begun: less than whoever waits for it has.
    pub const PATIENCE: Duration = Duration::from_secs(4);
    const CONNECT: Duration = Duration::from_secs(2);

    /// The process must have installed a provider of cryptography.
    pub fn new() -> Result<Self, Fault> {
        if CryptoProvider::get_default().is_none() {
            return Err(Fault::defect("no provider of cryptography is installed"));
        }
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Self::CONNECT)
            .timeout(Self::PATIENCE)
            .build();
        client.map(Self).map_err(|error| Fault::Failed(error.into()))
    }
}

impl HttpConnector for Wire {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Wire {
    /// Answers are read whole: none is larger than a file that is kept.
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (head, body) = request.into_parts();
        let url = head.uri.to_string().parse().map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        let mut request = Request::new(head.method, url);
        *request.headers_mut() = head.headers;
        *request.body_mut() = Some(Body::wrap(body));
        let answer = self.0.execute(request).await.map_err(failed)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut response = HttpResponse::new(answer.bytes().await.map_err(failed)?.into());
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// Every request here can be made again: what is put under a name is always the same.
fn failed(error: reqwest::Error) -> HttpError {
    let kind = if error.is_timeout() {
        HttpErrorKind::Timeout
    } else if error.is_connect() {
        HttpErrorKind::Connect
    } else {
        HttpErrorKind::Interrupted
    };
    HttpError::new(kind, error.without_url())
}
