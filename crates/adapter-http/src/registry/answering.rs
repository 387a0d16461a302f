use std::panic::{AssertUnwindSafe, resume_unwind};

use actix_web::dev::Payload;
use actix_web::{Handler, HttpRequest, HttpResponse, Responder, rt};
use futures::FutureExt;
use tracing::Instrument;

use super::Patience;
use crate::error::{ApiError, Kind};
use crate::extract::{Arguments, Charge, hand_over};
use crate::limits;

/// Counts the request, takes what the handler asks for, calls it, and answers, with an error where either says no or both take too long. A
/// panic is an error too, and costs this request only.
pub(super) async fn call<H, A, R>(
    handler: H,
    charge: Charge,
    mut patience: Patience,
    request: HttpRequest,
    mut payload: Payload,
) -> HttpResponse
where
    H: Handler<A, Output = Result<R, ApiError>>,
    H::Future: 'static,
    A: Arguments,
    R: Responder + 'static,
{
    let answered = async {
        limits::admit(&request, &mut payload, &mut patience, charge).await?;
        let arguments = A::take(&request, &mut payload, &mut patience).await?;
        // In a task of its own: a client that hangs up must not cut short what has begun, such as the look at a password
        // whose attempt is counted already.
        let work = rt::spawn(kernel::before(patience.deadline(), handler.call(arguments)).in_current_span());
        patience.spend(async { work.await.unwrap_or_else(|error| resume_unwind(error.into_panic())) }).await
    };
    let mut answer = match AssertUnwindSafe(answered).catch_unwind().await {
        Ok(Ok(answer)) => answer.respond_to(&request).map_into_boxed_body(),
        Ok(Err(error)) => error.respond(&request),
        // The panic hook has told what it was.
        Err(_) => ApiError::from(Kind::INTERNAL).respond(&request),
    };
    hand_over(&request, &mut answer);
    answer
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use actix_web::http::header::RETRY_AFTER;
    use actix_web::test::TestRequest;
    use actix_web::web::{Bytes, Json};
    use futures::stream;
    use serde_json::Value;

    use super::*;
    use crate::extract::{Extract, JsonBody};

    struct Stuck;

    impl Extract for Stuck {
        async fn extract(_: &HttpRequest, _: &mut Payload) -> Result<Self, ApiError> {
            pending().await
        }
    }

    /// The answer of a handler nobody has time for, to a body that comes late.
    async fn answer<H, A, R>(handler: H) -> HttpResponse
    where
        H: Handler<A, Output = Result<R, ApiError>>,
        H::Future: 'static,
        A: Arguments,
        R: Responder + 'static,
    {
        let late = stream::once(async {
            tokio::task::yield_now().await;
            Ok(Bytes::from_static(b"{}"))
        });
        let request = TestRequest::post().insert_header(("Content-Type", "application/json")).to_http_request();
        call(handler, Charge::Free, Patience::none(), request, Payload::Stream { payload: Box::pin(late) }).await
    }

    fn is_put_off(answer: &HttpResponse) -> bool {
        answer.status() == 503 && answer.headers().contains_key(RETRY_AFTER)
    }

    #[actix_web::test]
    async fn doors_and_handlers_that_take_too_long_are_given_up() {
        assert!(is_put_off(&answer(pending::<Result<Json<Value>, ApiError>>).await));
        assert!(is_put_off(&answer(|_: Stuck| async { Ok(Json(Value::Null)) }).await));
    }

    #[actix_web::test]
    async fn a_body_may_take_longer() {
        let answer = answer(|body: JsonBody<Value>| async { Ok(Json(body.0)) }).await;
        assert_eq!(answer.status(), 200);
    }
}
