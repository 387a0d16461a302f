use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{HttpMessage, HttpRequest};
use futures::future::ready;
use futures::{StreamExt, stream};
use kernel::{Problems, Secret};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use super::needs::Body;
use super::shape::Shape;
use super::{Extract, Needs, strict_json};
use crate::answer::Hidden;
use crate::error::{ApiError, Kind};

/// How much may be sent, and how long it may take to arrive.
#[derive(Clone, Copy)]
struct Allowance {
    bytes: usize,
    patience: Duration,
    beyond: Kind,
}

const JSON: Allowance = Allowance { bytes: 1024 * 1024, patience: Duration::from_secs(20), beyond: Kind::TOO_LARGE };
const UPLOAD: Allowance =
    Allowance { bytes: 10 * 1024 * 1024, patience: Duration::from_secs(30), beyond: Kind::UPLOAD_TOO_LARGE };

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
        read_maybe(request, payload).await.and_then(|body| parse_maybe(&body)).map(Self)
    }
}

/// A body that is a picture, as its bytes. Neither what it is called nor what its header says is looked at: who draws it
/// anew looks at the bytes.
pub(crate) struct Upload(pub Vec<u8>);

impl Extract for Upload {
    const IS_SENT: bool = true;

    fn tell(needs: &mut Needs) {
        needs.body = Body::Picture;
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        if request.headers().contains_key(CONTENT_ENCODING) {
            return Err(Kind::NOT_A_PICTURE.into());
        }
        receive(request, payload, UPLOAD).await.map(|it| Self(it.into()))
    }
}

/// What may go wrong, and is not to be answered before it was written down.
pub(crate) struct Tried<T>(pub Result<T, ApiError>);

impl<T: Extract> Extract for Tried<T> {
    const IS_SENT: bool = T::IS_SENT;

    fn tell(needs: &mut Needs) {
        T::tell(needs);
    }

    async fn extract(request: &HttpRequest, payload: &mut Payload) -> Result<Self, ApiError> {
        Ok(Self(T::extract(request, payload).await))
    }
}

/// The body's bytes; of JSON, and not too many.
pub(super) async fn read(request: &HttpRequest, payload: &mut Payload) -> Result<Bytes, ApiError> {
    check_type(request)?;
    receive(request, payload, JSON).await
}

/// As [`read`], where the body may be left out: then of whatever type it would be.
pub(super) async fn read_maybe(request: &HttpRequest, payload: &mut Payload) -> Result<Bytes, ApiError> {
    let body = receive(request, payload, JSON).await?;
    if !body.is_empty() {
        check_type(request)?;
    }
    Ok(body)
}

fn check_type(request: &HttpRequest) -> Result<(), ApiError> {
    let mime = request.mime_type().ok().flatten().ok_or(Kind::UNSUPPORTED_MEDIA_TYPE)?;
    let is_utf8 = mime.get_param("charset").is_none_or(|it| it == "utf-8");
    if mime.essence_str() != "application/json" || !is_utf8 || request.headers().contains_key(CONTENT_ENCODING) {
        return Err(Kind::UNSUPPORTED_MEDIA_TYPE.into());
    }
    Ok(())
}

/// The refresh token in a body, in either way of writing its name, for whoever looks at it before the body's turn has come.
pub(crate) async fn hold_refresh_token(
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<Option<Secret>, ApiError> {
    #[derive(Deserialize)]
    struct Shown {
        #[serde(alias = "refreshToken")]
        refresh_token: Hidden,
    }
    let body = receive(request, payload, JSON).await?;
    let shown = serde_json::from_slice::<Shown>(&body).ok();
    *payload = Payload::Stream { payload: Box::pin(stream::once(ready(Ok(body)))) };
    Ok(shown.map(|it| it.refresh_token.0))
}

async fn receive(request: &HttpRequest, payload: &mut Payload, allowed: Allowance) -> Result<Bytes, ApiError> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|it| it > allowed.bytes) {
        return Err(allowed.beyond.into());
    }
    tokio::time::timeout(allowed.patience, gather(payload, allowed)).await.map_err(|_| Kind::TIMED_OUT)?
}

async fn gather(payload: &mut Payload, allowed: Allowance) -> Result<Bytes, ApiError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| match error {
            PayloadError::Overflow => allowed.beyond,
            _ => Kind::MALFORMED_REQUEST,
        })?;
        if body.len() + chunk.len() > allowed.bytes {
            return Err(allowed.beyond.into());
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

/// As [`parse`]; nothing is the default `T`.
pub(super) fn parse_maybe<T: DeserializeOwned + ToSchema + Default + 'static>(body: &[u8]) -> Result<T, ApiError> {
    if body.is_empty() { Ok(T::default()) } else { parse(body) }
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
