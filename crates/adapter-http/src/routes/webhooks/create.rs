use std::collections::BTreeMap;

use actix_web::web::Data;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use webhooks::CreateEndpointInput;

use super::webhook::NewWebhook;
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
    #[schema(max_length = 200, example = "Sends what happens to our billing.")]
    description: Option<String>,
    /// Only events whose `data` holds all that stands here; nested at most 3 deep, and 4096 bytes in all.
    #[schema(value_type = Option<Object>, example = json!({"member": {"role": "admin"}}))]
    filters: Option<Value>,
    /// Headers to send besides, at most 20; their values are not told again.
    #[schema(value_type = Option<BTreeMap<String, String>>, example = json!({"Authorization": "Bearer 3q2-7wYh0zv1"}))]
    headers: Option<BTreeMap<String, Hidden>>,
    /// `v1`, by a secret both sides know, or `v1a`, by a key whose public half is told. Without it `v1`.
    #[schema(example = "v1")]
    signature: Option<String>,
}

/// What of an endpoint's headers is sent.
pub(super) fn headers(headers: BTreeMap<String, Hidden>) -> Vec<(String, kernel::Secret)> {
    headers.into_iter().map(|(name, Hidden(value))| (name, value)).collect()
}

/// Be told of events
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", request_body = WebhookRequest, responses(
    (status = 201, description = "The endpoint, with its secret: it is shown this once.", body = NewWebhook),
    (status = 409, description = "The organization has 100 endpoints: remove one first (`too_many`)."),
))]
pub(super) async fn create_webhook(
    door: Allowed<WebhooksManage>,
    app: Data<App>,
    body: Creating<WebhookRequest>,
) -> Result<Created<NewWebhook>, ApiError> {
    let (act, request) = body.by(&door.act)?;
    let WebhookRequest { url, event_types, description, filters, headers: besides, signature } = request;
    let input =
        CreateEndpointInput { url, event_types, description, filters, headers: besides.map(headers), signature };
    Ok(Created(app.create_endpoint.run(&act, door.organization(), input).await?.into()))
}
