use std::collections::BTreeMap;

use diesel::pg::Pg;
use diesel::prelude::*;
use kernel::{Cursor, Fault, Id, Sealer, Secret, Time};
use serde_json::{Value, json};
use uuid::Uuid;
use webhooks::{CustomHeaders, Endpoint, EndpointStatus, EndpointUrl, Filters, RetiredSecret, SigningSecret};

use crate::fault::corrupt;
use crate::keyset::Keyset;
use crate::schema::webhook_endpoints;

#[derive(Queryable, QueryableByName, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = webhook_endpoints, treat_none_as_null = true, check_for_backend(Pg))]
pub(crate) struct EndpointRow {
    id: Uuid,
    organization_id: Uuid,
    url: String,
    event_types: Vec<String>,
    description: Option<String>,
    secret: Vec<u8>,
    status: String,
    created_at: Time,
    pub(crate) version: i64,
    filters: Value,
    sealed_headers: Option<Vec<u8>>,
    retired_secrets: Option<Vec<u8>>,
}

impl EndpointRow {
    pub(crate) fn of(endpoint: &Endpoint, sealer: &dyn Sealer) -> Self {
        let id = endpoint.id.uuid();
        Self {
            id,
            organization_id: endpoint.organization.uuid(),
            url: endpoint.url.as_str().to_owned(),
            event_types: endpoint.event_types.clone(),
            description: endpoint.description.clone(),
            secret: sealer.seal(&place_of(id), endpoint.secret.secret()),
            status: endpoint.status.as_str().to_owned(),
            created_at: endpoint.created_at,
            version: endpoint.version,
            filters: endpoint.filters.value(),
            sealed_headers: seal_headers(id, &endpoint.headers, sealer),
            retired_secrets: seal_retired(id, &endpoint.retired, sealer),
        }
    }

    /// Where a list goes on after it.
    pub(crate) fn cursor(&self) -> Cursor {
        Keyset { at: self.created_at, id: self.id }.cursor()
    }

    pub(crate) fn open(self, sealer: &dyn Sealer) -> Result<Endpoint, Fault> {
        Ok(Endpoint {
            secret: open_secret(self.id, &self.secret, sealer)?,
            retired: open_retired(self.id, self.retired_secrets.as_deref(), sealer)?,
            headers: open_headers(self.id, self.sealed_headers.as_deref(), sealer)?,
            id: self.id.into(),
            organization: self.organization_id.into(),
            url: EndpointUrl::stored(&self.url).ok_or_else(|| corrupt("endpoint's address"))?,
            event_types: self.event_types,
            description: self.description,
            filters: Filters::stored(self.filters).ok_or_else(|| corrupt("endpoint's filters"))?,
            status: EndpointStatus::parse(&self.status).ok_or_else(|| corrupt("endpoint's status"))?,
            created_at: self.created_at,
            version: self.version,
        })
    }
}

/// Where an endpoint's secret opens.
pub(crate) fn place_of(endpoint: Uuid) -> String {
    format!("webhook/{endpoint}")
}

/// Where its headers open.
pub(crate) fn place_of_headers(endpoint: Uuid) -> String {
    format!("webhook/{endpoint}/headers")
}

/// Where its secrets of before open.
pub(crate) fn place_of_retired(endpoint: Uuid) -> String {
    format!("webhook/{endpoint}/retired")
}

fn seal_headers(id: Uuid, headers: &CustomHeaders, sealer: &dyn Sealer) -> Option<Vec<u8>> {
    let all: BTreeMap<&str, &str> = headers.iter().map(|(name, value)| (name, value.expose())).collect();
    (!all.is_empty()).then(|| sealer.seal(&place_of_headers(id), &Secret::new(json!(all).to_string())))
}

fn seal_retired(id: Uuid, retired: &[RetiredSecret], sealer: &dyn Sealer) -> Option<Vec<u8>> {
    let all: Vec<(&str, Time)> = retired.iter().map(|it| (it.secret.secret().expose(), it.until)).collect();
    (!all.is_empty()).then(|| sealer.seal(&place_of_retired(id), &Secret::new(json!(all).to_string())))
}

fn open_secret(id: Uuid, stored: &[u8], sealer: &dyn Sealer) -> Result<SigningSecret, Fault> {
    SigningSecret::parse(sealer.open(&place_of(id), stored)?).ok_or_else(|| corrupt("signing secret"))
}

fn open_retired(id: Uuid, stored: Option<&[u8]>, sealer: &dyn Sealer) -> Result<Vec<RetiredSecret>, Fault> {
    let Some(stored) = stored else { return Ok(Vec::new()) };
    let text = sealer.open(&place_of_retired(id), stored)?;
    let all: Vec<(String, Time)> = serde_json::from_str(text.expose()).map_err(|_| corrupt("retired secrets"))?;
    let retired = all.into_iter().map(|(secret, until)| {
        let secret = SigningSecret::parse(secret.into()).ok_or_else(|| corrupt("retired secret"))?;
        Ok(RetiredSecret { secret, until })
    });
    retired.collect()
}

fn open_headers(id: Uuid, stored: Option<&[u8]>, sealer: &dyn Sealer) -> Result<CustomHeaders, Fault> {
    let Some(stored) = stored else { return Ok(CustomHeaders::default()) };
    let text = sealer.open(&place_of_headers(id), stored)?;
    let all: BTreeMap<String, String> =
        serde_json::from_str(text.expose()).map_err(|_| corrupt("endpoint's headers"))?;
    Ok(CustomHeaders::stored(all.into_iter().map(|(name, value)| (name, value.into()))))
}
