use kernel::{Id, OrganizationId, WebhookId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use webhooks::{Created, Endpoint, Verifier};

use crate::App;
use crate::answer::{Hidden, Moment};
use crate::error::{ApiError, Kind};

/// An endpoint that is told of events.
#[derive(Serialize, ToSchema)]
pub(super) struct Webhook {
    id: Uuid,
    #[schema(example = "https://billing.example.com/hooks")]
    url: String,
    event_types: Vec<String>,
    #[schema(required, example = "Sends what happens to our billing.")]
    description: Option<String>,
    /// It is told of the events whose `data` holds all that stands here.
    #[schema(value_type = Object, example = json!({"member": {"role": "admin"}}))]
    filters: Value,
    /// The names of the headers it is sent besides.
    #[schema(example = json!(["authorization"]))]
    headers: Vec<String>,
    /// How deliveries are signed: `v1` by a secret, `v1a` by a key whose public half verifies.
    #[schema(example = "v1")]
    signature: String,
    /// What deliveries are verified with, where that is no secret: `whpk_…`.
    #[schema(required, example = "whpk_…")]
    public_key: Option<String>,
    #[schema(example = "enabled")]
    status: String,
    created_at: Moment,
}

impl From<Endpoint> for Webhook {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id.uuid(),
            url: endpoint.url.as_str().to_owned(),
            headers: endpoint.headers.names().map(str::to_owned).collect(),
            signature: endpoint.secret.scheme().as_str().to_owned(),
            public_key: endpoint.secret.public_key(),
            event_types: endpoint.event_types,
            description: endpoint.description,
            filters: endpoint.filters.value(),
            status: endpoint.status.as_str().to_owned(),
            created_at: Moment(endpoint.created_at),
        }
    }
}

impl Webhook {
    pub async fn of(app: &App, organization: OrganizationId, id: WebhookId) -> Result<Self, ApiError> {
        endpoint(app, organization, id).await.map(Into::into)
    }
}

/// The organization's endpoint with this id.
pub(super) async fn endpoint(app: &App, organization: OrganizationId, id: WebhookId) -> Result<Endpoint, ApiError> {
    app.endpoints.by_id(organization, id).await?.ok_or_else(|| Kind::NOT_FOUND.into())
}

/// An endpoint that was made just now.
#[derive(Serialize, ToSchema)]
pub(super) struct NewWebhook {
    #[serde(flatten)]
    webhook: Webhook,
    #[serde(flatten)]
    shown: Shown,
}

/// What deliveries are verified with; shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct Shown {
    /// By Standard Webhooks; null where the public key does.
    #[schema(required, example = "whsec_…")]
    secret: Option<Hidden>,
}

impl From<&Verifier> for Shown {
    fn from(verifier: &Verifier) -> Self {
        Self { secret: verifier.secret().cloned().map(Hidden) }
    }
}

impl From<Created> for NewWebhook {
    fn from(created: Created) -> Self {
        Self {
            shown: Shown::from(&created.verifier),
            webhook: Webhook {
                id: created.id.uuid(),
                url: created.url,
                event_types: created.event_types,
                description: created.description,
                filters: created.filters,
                headers: created.headers,
                signature: created.verifier.scheme().to_owned(),
                public_key: created.verifier.public_key().map(str::to_owned),
                status: created.status,
                created_at: Moment(created.created_at),
            },
        }
    }
}
