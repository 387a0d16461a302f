use std::sync::Arc;

use kernel::{Act, Decided, OrganizationId, Problems, Secret, Store, UnitOfWork, WebhookId, Write, carry_out};
use serde_json::Value;

use crate::checks::write_refusal;
use crate::model::{CustomHeaders, Endpoint, EndpointStatus, EndpointUrl, Filters};
use crate::ports::Endpoints;
use crate::{Action, Change, Checks, Deed, Error, Happening, Reason};

/// Changes an endpoint.
pub struct UpdateEndpoint {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which endpoints there are.
    pub endpoints: Arc<dyn Endpoints>,
    /// What it may be.
    pub checks: Checks,
}

/// What is to be another; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndpointPatch {
    /// Where to.
    pub url: Option<String>,
    /// Which events; at least one.
    pub event_types: Option<Vec<String>>,
    /// What to call it, or nothing.
    pub description: Option<Option<String>>,
    /// Which of these events, or all.
    pub filters: Option<Option<Value>>,
    /// All that the receiver wants to see besides, or nothing.
    pub headers: Option<Option<Vec<(String, Secret)>>>,
    /// `enabled` or `disabled`.
    pub status: Option<String>,
}

/// A patch whose every value is right.
struct Checked {
    url: Option<EndpointUrl>,
    event_types: Option<Vec<String>>,
    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    description: Option<Option<String>>,
    filters: Option<Filters>,
    headers: Option<CustomHeaders>,
    status: Option<EndpointStatus>,
}

impl UpdateEndpoint {
    /// Whether it had been failing is forgotten: a changed endpoint begins anew. What waits for it goes where it is then.
    pub async fn run(
        &self,
        act: &Act,
        organization: OrganizationId,
        id: WebhookId,
        patch: &EndpointPatch,
    ) -> Result<(), Error> {
        let store = self.store.as_ref();
        let checked = match self.check(patch) {
            Ok(checked) => checked,
            Err(problems) => {
                let host = patch.url.as_deref().and_then(|it| self.checks.private_host(it));
                write_refusal(store, act, organization, id, host).await?;
                return Err(problems.into());
            }
        };
        if let Some(url) = &checked.url
            && let Err(problems) = self.checks.admit(url).await
        {
            write_refusal(store, act, organization, id, Some(url.host().to_owned())).await?;
            return Err(problems.into());
        }
        carry_out(self.store.as_ref(), act, || async {
            let endpoint = self.endpoints.by_id(organization, id).await?.ok_or(Error::NotFound)?;
            let next = checked.apply(&endpoint);
            if next == endpoint {
                return Ok(Decided::Nothing(()));
            }
            let ends = endpoint.status == EndpointStatus::Enabled && next.status == EndpointStatus::Disabled;
            let unit = UnitOfWork::of(act, &Action { organization, webhook: id, deed: Deed::Updated })
                .change(Change::Endpoint(Write::Save { expected: endpoint, next: next.clone() }));
            let told = Happening::EndpointDisabled { endpoint: next, reason: Reason::Requested };
            Ok(Decided::Done(if ends { unit.announce(&told) } else { unit }, ()))
        })
        .await
    }

    fn check(&self, patch: &EndpointPatch) -> Result<Checked, Problems> {
        let mut problems = Problems::default();
        let url = patch.url.as_deref().and_then(|it| self.checks.url(&mut problems, it));
        let event_types = patch.event_types.as_deref().map(|it| self.checks.event_types(&mut problems, it));
        let description = patch.description.as_ref().map(|it| Checks::description(&mut problems, it.as_deref()));
        let filters = patch.filters.as_ref().map(|it| Checks::filters(&mut problems, it.as_ref()));
        let headers = patch.headers.as_ref().map(|it| Checks::headers(&mut problems, it.as_deref()));
        let sentence = "The status field must be enabled or disabled.";
        let status =
            patch.status.as_deref().and_then(|it| problems.check("status", EndpointStatus::parse(it), sentence));
        let checked = Checked { url, event_types, description, filters, headers, status };
        if problems.is_empty() { Ok(checked) } else { Err(problems) }
    }
}

impl Checked {
    fn apply(&self, endpoint: &Endpoint) -> Endpoint {
        let Endpoint { url, event_types, description, filters, headers, status, .. } = endpoint.clone();
        Endpoint {
            url: self.url.clone().unwrap_or(url),
            event_types: self.event_types.clone().unwrap_or(event_types),
            description: self.description.clone().unwrap_or(description),
            filters: self.filters.clone().unwrap_or(filters),
            headers: self.headers.clone().unwrap_or(headers),
            status: self.status.unwrap_or(status),
            ..endpoint.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{Units, act};
    use serde_json::json;

    use super::*;
    use crate::testing::{checks, endpoint, endpoints};

    async fn update(patch: EndpointPatch) -> (Result<(), Error>, Vec<UnitOfWork<Change>>) {
        let store = Arc::new(Units::default());
        let use_case = UpdateEndpoint { store: store.clone(), endpoints: endpoints(endpoint()), checks: checks() };
        let Endpoint { organization, id, .. } = endpoint();
        let done = use_case.run(&act(), organization, id, &patch).await;
        (done, store.all())
    }

    fn unit(next: Endpoint) -> UnitOfWork<Change> {
        let Endpoint { organization, id, .. } = next;
        UnitOfWork::of(&act(), &Action { organization, webhook: id, deed: Deed::Updated })
            .change(Change::Endpoint(Write::Save { expected: endpoint(), next }))
    }

    #[tokio::test]
    async fn what_is_said_is_another_and_what_is_absent_stays() {
        let other = EndpointUrl::stored("https://other.example.com/").unwrap();
        let headers = CustomHeaders::parse([("x-key".to_owned(), Secret::new("k"))]).unwrap();
        for (patch, next) in [
            (
                EndpointPatch { url: Some("https://other.example.com/".into()), ..EndpointPatch::default() },
                Endpoint { url: other, ..endpoint() },
            ),
            (
                EndpointPatch { event_types: Some(vec!["member.added".into(); 2]), ..EndpointPatch::default() },
                Endpoint { event_types: vec!["member.added".into()], ..endpoint() },
            ),
            (
                EndpointPatch { description: Some(None), ..EndpointPatch::default() },
                Endpoint { description: None, ..endpoint() },
            ),
            (
                EndpointPatch { filters: Some(Some(json!({"a": 1}))), ..EndpointPatch::default() },
                Endpoint { filters: Filters::parse(&json!({"a": 1})).unwrap(), ..endpoint() },
            ),
            (
                EndpointPatch {
                    headers: Some(Some(vec![("X-Key".into(), Secret::new("k"))])),
                    ..EndpointPatch::default()
                },
                Endpoint { headers, ..endpoint() },
            ),
        ] {
            let (done, units) = update(patch).await;
            done.unwrap();
            assert_eq!(units, [unit(next)]);
        }
    }

    #[tokio::test]
    async fn of_an_address_the_host_is_recorded() {
        for (url, recorded) in [
            ("https://hooks.example.com/canary", json!([["url", null, "changed"]])),
            (
                "https://other.example.com/canary",
                json!([["host", "hooks.example.com", "other.example.com"], ["url", null, "changed"]]),
            ),
        ] {
            let (_, units) = update(EndpointPatch { url: Some(url.into()), ..EndpointPatch::default() }).await;
            let told = &units[0].evidence.audit[0].public;
            assert_eq!(json!(told.iter().map(|it| json!([it.key, it.before, it.after])).collect::<Vec<_>>()), recorded);
        }
    }

    #[tokio::test]
    async fn what_is_so_already_is_nothing() {
        let Endpoint { url, event_types, description, .. } = endpoint();
        let same = EndpointPatch {
            url: Some(url.as_str().to_owned()),
            event_types: Some(event_types),
            description: Some(description),
            filters: Some(None),
            headers: Some(None),
            status: Some("enabled".into()),
        };
        for patch in [EndpointPatch::default(), same] {
            let (done, units) = update(patch).await;
            done.unwrap();
            assert_eq!(units, []);
        }
    }

    #[tokio::test]
    async fn that_it_is_disabled_is_told() {
        let (done, units) = update(EndpointPatch { status: Some("disabled".into()), ..EndpointPatch::default() }).await;
        done.unwrap();
        let next = Endpoint { status: EndpointStatus::Disabled, ..endpoint() };
        let act = act();
        let Endpoint { organization, id, .. } = next;
        let expected = UnitOfWork::of(&act, &Action { organization, webhook: id, deed: Deed::Updated })
            .change(Change::Endpoint(Write::Save { expected: endpoint(), next: next.clone() }))
            .announce(&Happening::EndpointDisabled { endpoint: next, reason: Reason::Requested });
        assert_eq!(units, [expected]);
    }

    #[tokio::test]
    async fn what_may_not_be_made_may_not_become() {
        for (patch, field) in [
            (EndpointPatch { url: Some("https://127.0.0.1/".into()), ..EndpointPatch::default() }, "url"),
            (EndpointPatch { url: Some("https://sneaky.example.com/".into()), ..EndpointPatch::default() }, "url"),
            (EndpointPatch { event_types: Some(vec![]), ..EndpointPatch::default() }, "event_types"),
            (EndpointPatch { description: Some(Some("\0".into())), ..EndpointPatch::default() }, "description"),
            (EndpointPatch { filters: Some(Some(json!([]))), ..EndpointPatch::default() }, "filters"),
            (
                EndpointPatch {
                    headers: Some(Some(vec![("webhook-id".into(), Secret::new("x"))])),
                    ..EndpointPatch::default()
                },
                "headers",
            ),
            (EndpointPatch { status: Some("paused".into()), ..EndpointPatch::default() }, "status"),
        ] {
            let (Err(Error::Invalid(problems)), units) = update(patch).await else { panic!("{field}") };
            assert_eq!(problems.iter().map(|(field, _)| field).collect::<Vec<_>>(), [field]);
            let told: Vec<_> = units.iter().map(|it| it.evidence.audit[0].action).collect();
            assert_eq!(told, if field == "url" { vec!["webhook.refused"] } else { vec![] });
            assert!(units.iter().all(|it| it.changes.is_empty()));
        }
    }

    #[tokio::test]
    async fn another_organizations_is_none() {
        let store = Arc::new(Units::default());
        let use_case = UpdateEndpoint { store: store.clone(), endpoints: endpoints(endpoint()), checks: checks() };
        let elsewhere = kernel::testing::nth(61);
        let done = use_case.run(&act(), elsewhere, endpoint().id, &EndpointPatch::default()).await;
        assert!(matches!(done, Err(Error::NotFound)));
    }
}
