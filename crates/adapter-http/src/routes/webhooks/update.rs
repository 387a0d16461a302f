use std::collections::BTreeMap;

use actix_web::web::{Data, Json};
use kernel::WebhookId;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use webhooks::EndpointPatch;

use super::create::headers;
use super::webhook::Webhook;
use crate::App;
use crate::answer::Hidden;
use crate::error::ApiError;
use crate::extract::needed::WebhooksManage;
use crate::extract::{Allowed, JsonBody, Named};
use crate::routes::nullable::null_or_value;

/// What of an endpoint is to be another; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::option_option, reason = "absent, null and a value are three things")]
pub(super) struct WebhookChange {
    #[schema(nullable = false, format = "uri", max_length = 2048, example = "https://example.com/hooks")]
    url: Option<String>,
    #[schema(nullable = false, min_items = 1, max_items = 100, example = json!(["member.added"]))]
    event_types: Option<Vec<String>>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "null_or_value")]
    #[schema(value_type = Option<String>, max_length = 200, example = "Sends what happens to our billing.")]
    description: Option<Option<String>>,
    /// Null lets all events through.
    #[serde(default, deserialize_with = "null_or_value")]
    #[schema(value_type = Option<Object>, example = json!({"member": {"role": "admin"}}))]
    filters: Option<Option<Value>>,
    /// All headers to send besides; null takes them away.
    #[serde(default, deserialize_with = "null_or_value")]
    #[schema(value_type = Option<BTreeMap<String, String>>, example = json!({"Authorization": "Bearer 3q2-7wYh0zv1"}))]
    headers: Option<Option<BTreeMap<String, Hidden>>>,
    /// `enabled` or `disabled`. What waits for a disabled endpoint waits on, for 30 days; what happens meanwhile is
    /// not sent to it.
    #[schema(nullable = false, example = "disabled")]
    status: Option<String>,
}

/// Change an endpoint
#[utoipa::path(patch, path = "/webhooks/{id}", tag = "webhooks", request_body = WebhookChange,
    params(("id" = Uuid, Path, description = "The endpoint's id.")),
    responses(
        (status = 200, description = "The endpoint as it is now.", body = Webhook),
        (status = 404, description = "No such endpoint, or none of the organization's."),
    ),
)]
pub(super) async fn update_webhook(
    door: Allowed<WebhooksManage>,
    id: Named<WebhookId>,
    app: Data<App>,
    body: JsonBody<WebhookChange>,
) -> Result<Json<Webhook>, ApiError> {
    let WebhookChange { url, event_types, description, filters, headers: besides, status } = body.0;
    let besides = besides.map(|it| it.map(headers));
    let patch = EndpointPatch { url, event_types, description, filters, headers: besides, status };
    app.update_endpoint.run(&door.act, door.organization(), id.0, &patch).await?;
    Ok(Json(Webhook::of(&app, door.organization(), id.0).await?))
}
