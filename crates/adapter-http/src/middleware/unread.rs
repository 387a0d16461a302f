use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::TRANSFER_ENCODING;
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage};
use futures::StreamExt;
use futures::stream::poll_fn;

/// Holds what has not been read of a chunked body until the answer is sent. What nobody holds is read to its end, by no clock,
/// before the connection is used again: a client that sends on for ever would keep it for ever. What is held is not read, and the
/// connection closed.
pub(crate) async fn unread(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let held = request.headers().contains_key(TRANSFER_ENCODING).then(|| {
        let held = Rc::new(RefCell::new(request.take_payload()));
        let read = Rc::clone(&held);
        let payload = poll_fn(move |context| read.borrow_mut().poll_next_unpin(context));
        request.set_payload(Payload::Stream { payload: Box::pin(payload) });
        held
    });
    let response = next.call(request).await?.map_into_boxed_body();
    Ok(match held {
        None => response,
        Some(held) => response.map_body(|_, body| BoxBody::new(Holding { body, _held: held })),
    })
}

struct Holding {
    body: BoxBody,
    _held: Rc<RefCell<Payload>>,
}

impl MessageBody for Holding {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.body.as_pin_mut().poll_next(context)
    }
}
