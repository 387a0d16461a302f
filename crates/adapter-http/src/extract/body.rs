use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{HttpMessage, HttpRequest};
use futures::StreamExt;
use kernel::Problems;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use super::needs::Body;
use super::shape::Shape;
use super::{Extract, Needs, strict_json};
use crate::error::{ApiError, Kind};

/// The largest body.
const MOST: usize = 1024 * 1024;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);

/// A JSON body that is a `T`, or else everything that is wrong with it.
pub(crate) struct JsonBody<T>(pub T);

impl<T: DeserializeOwned + ToSchema + 'static> Extract for JsonBody<T> {
    const IS_SENT: bool = true;

    fn tell(needs: &mut Needs) {
        needs.body = Body::Required;
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        read(request, payload).await.and_then(|body| parse(&body)).map(Self)
    }
}

/// A JSON body that may be left out, which is the default `T`.
pub(crate) struct MaybeBody<T>(pub T);

impl<T: DeserializeOwned + ToSchema + Default + 'static> Extract for MaybeBody<T> {
    const IS_SENT: bool = true;

    fn tell(needs: &mut Needs) {
        needs.body = Body::Optional;
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        let body = receive(request, payload).await?;
        if body.is_empty() {
            return Ok(Self(T::default()));
        }
        check_type(request)?;
        parse(&body).map(Self)
    }
}

/// The body's bytes; of JSON, and not too many.
pub(super) async fn read(request: &HttpRequest, payload: &mut Payload) -> Result<Bytes, ApiError> {
    check_type(request)?;
    receive(request, payload).await
}

fn check_type(request: &HttpRequest) -> Result<(), ApiError> {
    let mime = request.mime_type().ok().flatten().ok_or(Kind::UNSUPPORTED_MEDIA_TYPE)?;
    let is_utf8 = mime.get_param("charset").is_none_or(|it| it == "utf-8");
    if mime.essence_str() != "application/json" || !is_utf8 || request.headers().contains_key(CONTENT_ENCODING) {
        return Err(Kind::UNSUPPORTED_MEDIA_TYPE.into());
    }
    Ok(())
}

async fn receive(request: &HttpRequest, payload: &mut Payload) -> Result<Bytes, ApiError> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|it| it > MOST) {
        return Err(Kind::TOO_LARGE.into());
    }
    tokio::time::timeout(PATIENCE, gather(payload)).await.map_err(|_| Kind::TIMED_OUT)?
}

async fn gather(payload: &mut Payload) -> Result<Bytes, ApiError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| match error {
            PayloadError::Overflow => Kind::TOO_LARGE,
            _ => Kind::MALFORMED_REQUEST,
        })?;
        if body.len() + chunk.len() > MOST {
            return Err(Kind::TOO_LARGE.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// 400 where it is not JSON, 422 with every problem at once where it is not a `T`.
pub(super) fn parse<T: DeserializeOwned + ToSchema + 'static>(body: &[u8]) -> Result<T, ApiError> {
    let value = strict_json::parse(body).map_err(|error| {
        let malformed = ApiError::from(Kind::MALFORMED_JSON);
        if error.is_data() { malformed.saying(format!("{error}.")) } else { malformed }
    })?;
    convert(&Shape::of::<T>(), value).map_err(Into::into)
}

/// The value as a `T`. What the shape cannot tell, the type does: one field, the first.
pub(super) fn convert<T: DeserializeOwned>(shape: &Shape, value: Value) -> Result<T, Problems> {
    let problems = shape.problems(&value);
    if !problems.is_empty() {
        return Err(problems);
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let field = error.path().to_string();
        Problems::one(field.clone(), format!("The {field} field is invalid."))
    })
}
