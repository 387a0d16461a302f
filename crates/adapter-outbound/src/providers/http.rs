use std::pin::Pin;
use std::time::Duration;

use kernel::Fault;
use openidconnect::http::Response as HttpAnswer;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Client, Request, StatusCode};
use serde::de::DeserializeOwned;
use url::{Host, Url};

use crate::client;

/// Where a provider may be asked: the operator chose the issuer, so that it may be private, and it names the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Over TLS.
    Encrypted,
    /// Over TLS, or on this machine: for development and tests.
    ThisMachine,
}

impl Reach {
    /// That of an issuer; none where it is neither encrypted nor on this machine.
    pub fn of(issuer: &Url) -> Option<Self> {
        match issuer.scheme() {
            "https" => Some(Self::Encrypted),
            "http" if is_loopback(issuer) => Some(Self::ThisMachine),
            _ => None,
        }
    }

    pub fn admits(self, url: &Url) -> bool {
        url.scheme() == "https" || (self == Self::ThisMachine && url.scheme() == "http" && is_loopback(url))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(it)) => it.is_loopback(),
        Some(Host::Ipv6(it)) => it.is_loopback(),
        None => false,
    }
}

/// Why a provider can't be had now.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    #[error("the provider gave no answer")]
    Transport(#[source] reqwest::Error),
    #[error("the provider answered {0}")]
    Status(StatusCode),
    #[error("the provider's answer is too long")]
    TooLong,
    #[error("the provider's answer can't be read")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<reqwest::Error> for Unanswered {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error.without_url())
    }
}

impl From<Unanswered> for Fault {
    fn from(error: Unanswered) -> Self {
        Self::Unavailable(error.into())
    }
}

/// Asks one provider.
#[derive(Debug)]
pub(super) struct ProviderClient(Client);

impl ProviderClient {
    const CONNECT: Duration = Duration::from_secs(2);
    /// Far more than a set of keys or a token needs.
    const LONGEST: usize = 1 << 20;

    pub fn new(reach: Reach, patience: Duration) -> Result<Self, Fault> {
        let client = client::builder(Self::CONNECT, patience)?.https_only(reach == Reach::Encrypted);
        Ok(Self(client.build().map_err(|error| Fault::Failed(error.into()))?))
    }

    pub async fn get<T: DeserializeOwned>(&self, url: &Url) -> Result<T, Unanswered> {
        let answer = self.ask(self.0.get(url.clone()).build()?).await?;
        match answer.status() {
            StatusCode::OK => serde_json::from_slice(answer.body()).map_err(|it| Unanswered::Unreadable(it.into())),
            status => Err(Unanswered::Status(status)),
        }
    }

    /// Answers only what says something about what was sent: neither of redirects nor of the provider's own troubles.
    async fn ask(&self, request: Request) -> Result<HttpResponse, Unanswered> {
        let mut response = self.0.execute(request).await?;
        let status = response.status();
        if !(status.is_success() || status.is_client_error()) || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(Unanswered::Status(status));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > Self::LONGEST {
                return Err(Unanswered::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = HttpAnswer::new(body);
        *answer.status_mut() = status;
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

impl<'c> AsyncHttpClient<'c> for ProviderClient {
    type Error = Unanswered;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unanswered>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move { self.ask(Request::try_from(request)?).await })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(issuer: &str) -> Option<Reach> {
        Reach::of(&Url::parse(issuer).unwrap())
    }

    #[test]
    fn an_issuer_is_encrypted_or_on_this_machine() {
        for good in ["https://accounts.example.com", "https://10.0.0.1/realms/a", "https://127.0.0.1"] {
            assert_eq!(reach(good), Some(Reach::Encrypted), "{good}");
        }
        for local in ["http://127.0.0.1:3000", "http://[::1]:3000/", "http://localhost"] {
            assert_eq!(reach(local), Some(Reach::ThisMachine), "{local}");
        }
        for bad in ["http://10.0.0.1", "http://example.com", "http://localhost.example.com", "ftp://127.0.0.1"] {
            assert_eq!(reach(bad), None, "{bad}");
        }
    }

    #[test]
    fn so_08_what_an_issuer_names_is_reached_no_worse_than_itself() {
        let url = |it| Url::parse(it).unwrap();
        for (reach, admitted) in [(Reach::Encrypted, false), (Reach::ThisMachine, true)] {
            assert!(reach.admits(&url("https://keys.example.com/")));
            assert_eq!(reach.admits(&url("http://127.0.0.1/jwks")), admitted);
            assert!(!reach.admits(&url("http://keys.example.com/")));
            assert!(!reach.admits(&url("file:///etc/passwd")));
        }
    }
}
