use std::panic::AssertUnwindSafe;

use actix_web::dev::Payload;
use actix_web::{Handler, HttpRequest, HttpResponse, Responder};
use futures::FutureExt;

use crate::error::{ApiError, Kind};
use crate::extract::Arguments;

/// Takes what the handler asks for, calls it, and answers, with an error where either says no. A panic is an error
/// too, and costs this request only.
pub(super) async fn call<H, A, R>(handler: H, request: HttpRequest, mut payload: Payload) -> HttpResponse
where
    H: Handler<A, Output = Result<R, ApiError>>,
    A: Arguments,
    R: Responder,
{
    let answered = async {
        let arguments = A::take(&request, &mut payload).await?;
        handler.call(arguments).await
    };
    match AssertUnwindSafe(answered).catch_unwind().await {
        Ok(Ok(answer)) => answer.respond_to(&request).map_into_boxed_body(),
        Ok(Err(error)) => error.respond(&request),
        // The panic hook has told what it was.
        Err(_) => ApiError::from(Kind::INTERNAL).respond(&request),
    }
}
