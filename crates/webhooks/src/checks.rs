use std::collections::HashSet;
use std::sync::Arc;

use kernel::{Act, Decided, OrganizationId, Problems, Secret, Store, UnitOfWork, WebhookId, carry_out, is_invisible};
use serde_json::Value;

use crate::model::{CustomHeaders, EndpointUrl, Filters};
use crate::ports::Sender;
use crate::{Action, Change, Deed, Error};

/// What an endpoint may be, whoever makes or changes it.
#[derive(Clone)]
pub struct Checks {
    /// What knows where a name leads.
    pub sender: Arc<dyn Sender>,
    /// Every event type there is.
    pub event_types: Vec<&'static str>,
    /// Hosts the operator lets through.
    pub allowed_hosts: Vec<String>,
}

const PRIVATE: &str = "The url field must name a public host.";

impl Checks {
    pub(crate) fn url(&self, problems: &mut Problems, text: &str) -> Option<EndpointUrl> {
        EndpointUrl::parse(text, &self.allowed_hosts).map_err(|it| problems.add("url", it)).ok()
    }

    /// What the name leads to now.
    pub(crate) async fn admit(&self, url: &EndpointUrl) -> Result<(), Problems> {
        if self.sender.admits(url).await { Ok(()) } else { Err(Problems::one("url", PRIVATE)) }
    }

    /// Where a text leads to a private host by itself.
    pub(crate) fn private_host(&self, text: &str) -> Option<String> {
        EndpointUrl::private_host(text, &self.allowed_hosts)
    }

    /// Each once.
    pub(crate) fn event_types(&self, problems: &mut Problems, wanted: &[String]) -> Vec<String> {
        if wanted.is_empty() {
            problems.add("event_types", "The event_types field must name at least one event type.");
        }
        if wanted.iter().any(|it| !self.event_types.contains(&it.as_str())) {
            problems.add("event_types", "There is no such event type.");
        }
        let mut seen = HashSet::new();
        wanted.iter().filter(|it| seen.insert(it.as_str())).cloned().collect()
    }

    pub(crate) fn description(problems: &mut Problems, text: Option<&str>) -> Option<String> {
        if text.is_some_and(|it| it.chars().count() > 200 || it.chars().any(is_invisible)) {
            problems.add(
                "description",
                "The description field must be at most 200 characters, without control characters.",
            );
        }
        text.map(str::to_owned)
    }

    /// All events where nothing is said.
    pub(crate) fn filters(problems: &mut Problems, value: Option<&Value>) -> Filters {
        let parsed = value.map(|it| Filters::parse(it).map_err(|it| problems.add("filters", it)));
        parsed.and_then(Result::ok).unwrap_or_default()
    }

    pub(crate) fn headers(problems: &mut Problems, headers: Option<&[(String, Secret)]>) -> CustomHeaders {
        let parsed = headers.map(|it| CustomHeaders::parse(it.to_vec()).map_err(|it| problems.add("headers", it)));
        parsed.and_then(Result::ok).unwrap_or_default()
    }
}

/// Writes down that an endpoint was to lead to a private host, where there is one.
pub(crate) async fn write_refusal(
    store: &dyn Store<Change>,
    act: &Act,
    organization: OrganizationId,
    webhook: WebhookId,
    host: Option<String>,
) -> Result<(), Error> {
    let Some(host) = host else { return Ok(()) };
    let action = Action { organization, webhook, deed: Deed::Refused(host) };
    // Not the answer: that is the refusal.
    let act = Act { idempotency: None, ..act.clone() };
    carry_out(store, &act, || std::future::ready(Ok(Decided::Done(UnitOfWork::of(&act, &action), ())))).await
}
