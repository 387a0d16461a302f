use kernel::Id;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::Moment;

/// An event on its way to an endpoint, or there.
#[derive(Serialize, ToSchema)]
pub(in crate::routes::webhooks) struct Delivery {
    id: Uuid,
    /// The event's id, which is the `webhook-id`: the same at every try.
    event_id: Uuid,
    #[schema(example = "member.added")]
    r#type: String,
    /// `pending`, `delivered` or `failed`.
    #[schema(example = "delivered")]
    status: &'static str,
    /// How often it was tried since it was last asked for.
    tries: u32,
    /// What the receiver answered last; null where it did not.
    #[schema(required, example = 204)]
    response_status: Option<u16>,
    /// What was wrong with the last try.
    #[schema(required, example = "answered 500")]
    error: Option<String>,
    created_at: Moment,
    /// Null where it is not tried any more.
    #[schema(required)]
    next_try_at: Option<Moment>,
}

impl From<webhooks::Delivery> for Delivery {
    fn from(delivery: webhooks::Delivery) -> Self {
        Self {
            id: delivery.id.uuid(),
            event_id: delivery.event.uuid(),
            r#type: delivery.kind,
            status: delivery.status.as_str(),
            tries: delivery.tries,
            response_status: delivery.last_status,
            error: delivery.last_error,
            created_at: Moment(delivery.created_at),
            next_try_at: delivery.next_try_at.map(Moment),
        }
    }
}
