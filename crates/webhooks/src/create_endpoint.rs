use std::sync::Arc;

use kernel::{Act, Decided, OrganizationId, Problems, Secret, Store, UnitOfWork, WebhookId, Write, carry_out};
use serde::{Deserialize, Serialize};

use crate::model::{Endpoint, EndpointStatus, EndpointUrl, SigningSecret};
use crate::{Action, Change, Error};

/// Makes an endpoint; its secret is shown once.
pub struct CreateEndpoint {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Every event type there is.
    pub event_types: Vec<&'static str>,
    /// Hosts the operator lets through.
    pub allowed_hosts: Vec<String>,
}

/// Where to, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateEndpointInput {
    /// Where to.
    pub url: String,
    /// Which events; at least one.
    pub event_types: Vec<String>,
    /// What to call it; at most 200 characters.
    pub description: Option<String>,
}

/// The endpoint that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// Its id.
    pub id: WebhookId,
    /// Where to.
    pub url: String,
    /// Which events.
    pub event_types: Vec<String>,
    /// What to call it.
    pub description: Option<String>,
    /// What its deliveries are signed with.
    #[serde(with = "kernel::exposed")]
    pub secret: Secret,
    /// `enabled`.
    pub status: String,
}

impl CreateEndpoint {
    /// Checks, and writes.
    pub async fn run(
        &self,
        act: &Act,
        organization: OrganizationId,
        input: CreateEndpointInput,
    ) -> Result<Created, Error> {
        let url = self.check(&input)?;
        carry_out(self.store.as_ref(), act, || async {
            let endpoint = Endpoint {
                id: act.id(),
                organization,
                url: url.clone(),
                event_types: input.event_types.clone(),
                description: input.description.clone(),
                secret: SigningSecret::generate(act.ids.as_ref()),
                status: EndpointStatus::Enabled,
                created_at: act.at,
                version: 0,
            };
            let unit = UnitOfWork::of(act, &Action::EndpointCreated { organization, webhook: endpoint.id })
                .change(Change::Endpoint(Write::Add(endpoint.clone())));
            let answer = Created {
                id: endpoint.id,
                url: endpoint.url.as_str().to_owned(),
                event_types: endpoint.event_types,
                description: endpoint.description,
                secret: endpoint.secret.secret().clone(),
                status: endpoint.status.as_str().to_owned(),
            };
            Ok(Decided::Done(unit, answer))
        })
        .await
    }

    fn check(&self, input: &CreateEndpointInput) -> Result<EndpointUrl, Problems> {
        let mut problems = Problems::default();
        let url = EndpointUrl::parse(&input.url, &self.allowed_hosts).map_err(|it| problems.add("url", it)).ok();
        if input.event_types.is_empty() {
            problems.add("event_types", "The event_types field must name at least one event type.");
        }
        for wanted in &input.event_types {
            if !self.event_types.contains(&wanted.as_str()) {
                problems.add("event_types", "There is no such event type.");
                break;
            }
        }
        if input.description.as_ref().is_some_and(|it| it.chars().count() > 200 || it.chars().any(char::is_control)) {
            problems.add(
                "description",
                "The description field must be at most 200 characters, without control characters.",
            );
        }
        match url {
            Some(url) if problems.is_empty() => Ok(url),
            _ => Err(problems),
        }
    }
}
