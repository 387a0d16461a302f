use std::time::Duration;

use async_trait::async_trait;
use kernel::Fault;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::Client;
use tokio::runtime::Handle;

use crate::client::builder;

const CONNECT: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(10);
/// Of what a collector says; the rest is not read.
const MOST: usize = 64 * 1024;

/// Hands what OpenTelemetry has encoded to a collector of the operator's choice.
#[derive(Clone, Debug)]
pub struct Collector {
    client: Client,
    runtime: Handle,
}

impl Collector {
    /// Sends on the runtime this is called on, whoever asks.
    pub fn new() -> Result<Self, Fault> {
        let client = builder(CONNECT, PATIENCE)?.build().map_err(|error| Fault::Failed(error.into()))?;
        Ok(Self { client, runtime: Handle::current() })
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        self.runtime.spawn(async move { send(&client, request).await }).await?
    }
}

async fn send(client: &Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    // An address may hold a password.
    let sent = client.execute(request.try_into()?).await;
    let mut response = sent.map_err(reqwest::Error::without_url)?;
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(reqwest::Error::without_url)? {
        body.extend_from_slice(&part[..part.len().min(MOST - body.len())]);
        if body.len() == MOST {
            break;
        }
    }
    let mut answer = Response::new(Bytes::from(body));
    *answer.status_mut() = response.status();
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    Ok(answer)
}
