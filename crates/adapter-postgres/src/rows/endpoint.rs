use diesel::prelude::*;
use kernel::{Id, Sealer, Time};
use uuid::Uuid;
use webhooks::Endpoint;

use crate::schema::webhook_endpoints;

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = webhook_endpoints, treat_none_as_null = true)]
pub(crate) struct EndpointRow {
    id: Uuid,
    organization_id: Uuid,
    url: String,
    event_types: Vec<String>,
    description: Option<String>,
    secret: Vec<u8>,
    status: &'static str,
    created_at: Time,
    pub(crate) version: i64,
}

impl EndpointRow {
    pub(crate) fn of(endpoint: &Endpoint, sealer: &dyn Sealer) -> Self {
        Self {
            id: endpoint.id.uuid(),
            organization_id: endpoint.organization.uuid(),
            url: endpoint.url.as_str().to_owned(),
            event_types: endpoint.event_types.clone(),
            description: endpoint.description.clone(),
            secret: sealer.seal(&place_of(endpoint.id.uuid()), endpoint.secret.secret()),
            status: endpoint.status.as_str(),
            created_at: endpoint.created_at,
            version: endpoint.version,
        }
    }
}

/// Where an endpoint's secret opens.
pub(crate) fn place_of(endpoint: Uuid) -> String {
    format!("webhook/{endpoint}")
}
