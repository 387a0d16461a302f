use actix_web::web::Data;
use kernel::Id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use webhooks::CreateEndpointInput;

use crate::App;
use crate::answer::{Created, Hidden};
use crate::error::ApiError;
use crate::extract::needed::WebhooksManage;
use crate::extract::{Allowed, Creating};

/// Where events are told, and which.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookRequest {
    #[schema(format = "uri", max_length = 2048, example = "https://example.com/hooks")]
    url: String,
    #[schema(min_items = 1, max_items = 100, example = json!(["member.added"]))]
    event_types: Vec<String>,
    #[schema(max_length = 200)]
    description: Option<String>,
}

/// An endpoint that is told of events; its secret is shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct Webhook {
    id: Uuid,
    url: String,
    event_types: Vec<String>,
    #[schema(required)]
    description: Option<String>,
    /// What deliveries are signed with, by Standard Webhooks.
    #[schema(example = "whsec_…")]
    secret: Hidden,
    #[schema(example = "enabled")]
    status: String,
}

impl From<webhooks::Created> for Webhook {
    fn from(created: webhooks::Created) -> Self {
        Self {
            id: created.id.uuid(),
            url: created.url,
            event_types: created.event_types,
            description: created.description,
            secret: Hidden(created.secret),
            status: created.status,
        }
    }
}

/// Be told of events
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", request_body = WebhookRequest, responses(
    (status = 201, description = "The endpoint.", body = Webhook),
))]
pub(super) async fn create_webhook(
    door: Allowed<WebhooksManage>,
    app: Data<App>,
    body: Creating<WebhookRequest>,
) -> Result<Created<Webhook>, ApiError> {
    let (act, WebhookRequest { url, event_types, description }) = body.by(&door.act)?;
    let input = CreateEndpointInput { url, event_types, description };
    Ok(Created(app.create_endpoint.run(&act, door.organization(), input).await?.into()))
}
