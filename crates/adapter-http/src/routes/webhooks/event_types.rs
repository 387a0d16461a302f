use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::List;
use crate::error::ApiError;
use crate::extract::Allowed;
use crate::extract::needed::WebhooksView;

/// A kind of event.
#[derive(Serialize, ToSchema)]
pub(super) struct EventType {
    #[schema(example = "member.added")]
    r#type: &'static str,
}

/// The events an endpoint can be told of
#[utoipa::path(get, path = "/webhooks/event-types", tag = "webhooks", responses(
    (status = 200, description = "All there are, in order.", body = List<EventType>),
))]
pub(super) async fn list_event_types(_door: Allowed<WebhooksView>) -> Result<Json<List<EventType>>, ApiError> {
    Ok(Json(List::whole(accounts::event_types(), |it| EventType { r#type: it })))
}
