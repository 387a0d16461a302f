use std::fmt::Display;
use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::web::Path;

use super::Extract;
use crate::error::{ApiError, Kind};

/// The id in the path. What is none names nothing.
pub(crate) struct Named<I>(pub I);

impl<I: FromStr + Display> Extract for Named<I> {
    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let text = Path::<String>::extract(request, payload).await?.into_inner();
        id(&text).map(Self).ok_or_else(|| Kind::NOT_FOUND.into())
    }
}

/// One spelling of an id, as everywhere.
pub(crate) fn id<I: FromStr + Display>(text: &str) -> Option<I> {
    text.parse().ok().filter(|id: &I| id.to_string() == text.to_ascii_lowercase())
}

/// The id in the path, and the word that stands below it.
pub(crate) struct NamedWord<I> {
    pub id: I,
    pub word: String,
}

impl<I: FromStr + Display> Extract for NamedWord<I> {
    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let (text, word) = Path::<(String, String)>::extract(request, payload).await?.into_inner();
        Ok(Self { id: id(&text).ok_or(Kind::NOT_FOUND)?, word })
    }
}
