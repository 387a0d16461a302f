use std::sync::Arc;

use kernel::{
    Act, Decided, OrganizationId, Problems, Secret, Store, Time, UnitOfWork, WebhookId, Write, carry_out, recall,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::checks::write_refusal;
use crate::model::{Endpoint, EndpointStatus, Scheme, SigningSecret};
use crate::ports::Endpoints;
use crate::{Action, Change, Checks, Deed, Error, Verifier};

/// Makes an endpoint; its secret is shown once.
pub struct CreateEndpoint {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which endpoints there are.
    pub endpoints: Arc<dyn Endpoints>,
    /// What it may be.
    pub checks: Checks,
}

/// Where to, and what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreateEndpointInput {
    /// Where to.
    pub url: String,
    /// Which events; at least one.
    pub event_types: Vec<String>,
    /// What to call it; at most 200 characters.
    pub description: Option<String>,
    /// Which of these events; all where nothing is said.
    pub filters: Option<Value>,
    /// What the receiver wants to see besides.
    pub headers: Option<Vec<(String, Secret)>>,
    /// How deliveries are signed, `v1` or `v1a`; `v1` where nothing is said.
    pub signature: Option<String>,
}

/// The endpoint that was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Created {
    /// Its id.
    pub id: WebhookId,
    /// Where to.
    pub url: String,
    /// Which events.
    pub event_types: Vec<String>,
    /// What to call it.
    pub description: Option<String>,
    /// Which of these events.
    pub filters: Value,
    /// The names of what the receiver wants to see besides.
    pub headers: Vec<String>,
    /// What its deliveries are verified with.
    pub verifier: Verifier,
    /// `enabled`.
    pub status: String,
    /// When it was made.
    pub created_at: Time,
}

impl CreateEndpoint {
    /// Checks, and writes.
    pub async fn run(
        &self,
        act: &Act,
        organization: OrganizationId,
        input: CreateEndpointInput,
    ) -> Result<Created, Error> {
        if let Some(answer) = recall(self.store.as_ref(), act).await? {
            return Ok(answer);
        }
        let (id, store) = (act.id(), self.store.as_ref());
        let endpoint = match self.check(act, organization, id, &input) {
            Ok(endpoint) => endpoint,
            Err(problems) => {
                write_refusal(store, act, organization, id, self.checks.private_host(&input.url)).await?;
                return Err(problems.into());
            }
        };
        if let Err(problems) = self.checks.admit(&endpoint.url).await {
            write_refusal(store, act, organization, id, Some(endpoint.url.host().to_owned())).await?;
            return Err(problems.into());
        }
        carry_out(self.store.as_ref(), act, || async {
            if self.endpoints.count(organization).await? >= Endpoint::MOST {
                return Err(Error::TooMany);
            }
            let action = Action { organization, webhook: endpoint.id, deed: Deed::Created };
            let unit = UnitOfWork::of(act, &action).change(Change::Endpoint(Write::Add(endpoint.clone())));
            Ok(Decided::Done(unit, Created::from(&endpoint)))
        })
        .await
    }

    fn check(
        &self,
        act: &Act,
        organization: OrganizationId,
        id: WebhookId,
        input: &CreateEndpointInput,
    ) -> Result<Endpoint, Problems> {
        let mut problems = Problems::default();
        let url = self.checks.url(&mut problems, &input.url);
        let event_types = self.checks.event_types(&mut problems, &input.event_types);
        let description = Checks::description(&mut problems, input.description.as_deref());
        let filters = Checks::filters(&mut problems, input.filters.as_ref());
        let headers = Checks::headers(&mut problems, input.headers.as_deref());
        let scheme = input.signature.as_deref().map_or(Some(Scheme::Symmetric), Scheme::parse);
        let scheme = problems.check("signature", scheme, "The signature field must be v1 or v1a.");
        match (url, scheme) {
            (Some(url), Some(scheme)) if problems.is_empty() => Ok(Endpoint {
                id,
                organization,
                url,
                event_types,
                description,
                filters,
                headers,
                secret: SigningSecret::generate(scheme, act.ids.as_ref()),
                retired: Vec::new(),
                status: EndpointStatus::Enabled,
                created_at: act.at,
                version: 0,
            }),
            _ => Err(problems),
        }
    }
}

impl From<&Endpoint> for Created {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            id: endpoint.id,
            url: endpoint.url.as_str().to_owned(),
            event_types: endpoint.event_types.clone(),
            description: endpoint.description.clone(),
            filters: endpoint.filters.value(),
            headers: endpoint.headers.names().map(str::to_owned).collect(),
            verifier: Verifier::of(&endpoint.secret),
            status: endpoint.status.as_str().to_owned(),
            created_at: endpoint.created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, Units, act, nth};
    use serde_json::json;

    use super::*;
    use crate::model::{CustomHeaders, EndpointUrl, Filters};
    use crate::ports::MockEndpoints;
    use crate::testing::checks;

    fn input() -> CreateEndpointInput {
        CreateEndpointInput {
            url: "https://hooks.example.com/in".into(),
            event_types: vec!["user.created".into(), "member.added".into()],
            description: Some("Ours".into()),
            ..CreateEndpointInput::default()
        }
    }

    async fn create(store: &Arc<Units<Change>>, input: CreateEndpointInput) -> Result<Created, Error> {
        create_beside(0, store, input).await
    }

    /// Where there are so many already.
    async fn create_beside(
        there: usize,
        store: &Arc<Units<Change>>,
        input: CreateEndpointInput,
    ) -> Result<Created, Error> {
        let store: Arc<dyn Store<Change>> = Arc::<Units<Change>>::clone(store);
        let mut endpoints = MockEndpoints::new();
        endpoints.expect_count().returning(move |_| Ok(there));
        CreateEndpoint { store, endpoints: Arc::new(endpoints), checks: checks() }.run(&act(), nth(60), input).await
    }

    #[tokio::test]
    async fn an_organization_has_a_hundred_at_most() {
        assert!(create_beside(99, &Arc::default(), input()).await.is_ok());
        let store = Arc::default();
        assert!(matches!(create_beside(100, &store, input()).await, Err(Error::TooMany)));
        assert_eq!(store.all(), []);
    }

    #[tokio::test]
    async fn an_endpoint_is_made_and_its_secret_shown() {
        let store = Arc::default();
        let created = create(&store, input()).await.unwrap();

        let act = act();
        let endpoint = Endpoint {
            id: act.id(),
            organization: nth(60),
            url: EndpointUrl::stored("https://hooks.example.com/in").unwrap(),
            event_types: input().event_types,
            description: input().description,
            filters: Filters::default(),
            headers: CustomHeaders::default(),
            secret: SigningSecret::generate(Scheme::Symmetric, act.ids.as_ref()),
            retired: Vec::new(),
            status: EndpointStatus::Enabled,
            created_at: NOON,
            version: 0,
        };
        let action = Action { organization: nth(60), webhook: endpoint.id, deed: Deed::Created };
        let unit = UnitOfWork::of(&act, &action).change(Change::Endpoint(Write::Add(endpoint.clone())));
        assert_eq!(store.only(), unit);
        assert_eq!(created.verifier.secret(), Some(endpoint.secret.secret()));
        assert!(endpoint.secret.secret().expose().starts_with("whsec_"));
        assert_eq!((created.id, created.status.as_str()), (endpoint.id, "enabled"));
        assert_eq!((created.url, created.event_types), (input().url, input().event_types));
    }

    #[tokio::test]
    async fn a_name_that_leads_to_a_private_address_is_refused() {
        let store = Arc::default();
        let sneaky = CreateEndpointInput { url: "https://sneaky.example.com/".into(), ..input() };
        let Err(Error::Invalid(problems)) = create(&store, sneaky).await else { panic!("it was made") };
        assert!(problems.iter().any(|(field, _)| field == "url"));
    }

    #[tokio::test]
    async fn that_it_was_to_lead_to_a_private_host_is_written_down_and_other_mistakes_are_not() {
        for (url, host) in [
            ("https://sneaky.example.com/canary", Some("sneaky.example.com")),
            ("http://169.254.169.254/canary", Some("169.254.169.254")),
            ("http://hooks.example.com/", None),
        ] {
            let store: Arc<Units<Change>> = Arc::default();
            create(&store, CreateEndpointInput { url: url.into(), ..input() }).await.unwrap_err();
            let entries: Vec<_> = store.all().into_iter().flat_map(|it| it.evidence.audit).collect();
            let told = entries.iter().map(|it| (it.action, it.organization, it.public[0].after.as_str()));
            let expected = host.map(|host| ("webhook.refused", Some(nth(60)), Some(host)));
            assert_eq!(told.collect::<Vec<_>>(), Vec::from_iter(expected), "{url}");
        }
    }

    #[tokio::test]
    async fn an_event_type_asked_for_twice_is_told_once() {
        let twice = CreateEndpointInput { event_types: vec!["user.created".into(); 2], ..input() };
        assert_eq!(create(&Arc::default(), twice).await.unwrap().event_types, ["user.created"]);
    }

    #[tokio::test]
    async fn a_receiver_may_be_given_a_public_key_instead() {
        let asymmetric = CreateEndpointInput { signature: Some("v1a".into()), ..input() };
        let created = create(&Arc::default(), asymmetric).await.unwrap();
        assert!(created.verifier.secret().is_none());
        assert!(created.verifier.public_key().unwrap().starts_with("whpk_"));
    }

    #[tokio::test]
    async fn no_secret_is_recorded() {
        let store = Arc::default();
        let headers = Some(vec![("X-Key".to_owned(), Secret::new("canary"))]);
        let created = create(&store, CreateEndpointInput { headers, ..input() }).await.unwrap();
        assert_eq!(created.headers, ["x-key"]);
        let evidence = store.only().evidence;
        let keys: Vec<_> = evidence.audit[0].public.iter().map(|it| it.key.as_ref()).collect();
        assert_eq!(keys, ["host", "event_types", "filters", "headers", "signature", "status"]);
        for secret in ["canary", created.verifier.secret().unwrap().expose()] {
            assert!(!format!("{evidence:?}").contains(secret), "{secret}");
        }
    }

    #[tokio::test]
    async fn what_the_operator_allows_may_be_private() {
        let to = |url: &str| CreateEndpointInput { url: url.into(), ..input() };
        assert!(create(&Arc::default(), to("http://127.0.0.1:9000/in")).await.is_ok());
        assert!(create(&Arc::default(), to("http://127.0.0.1:9001/in")).await.is_err());
    }

    #[tokio::test]
    async fn what_is_wrong_is_named_all_at_once() {
        const DESCRIPTION: &str = "The description field must be at most 200 characters, without control characters.";
        let of = |description: &str| CreateEndpointInput { description: Some(description.into()), ..input() };
        let cases = [
            (
                CreateEndpointInput { url: "https://10.0.0.1/".into(), ..input() },
                json!({"url": ["The url field must name a public host."]}),
            ),
            (
                CreateEndpointInput { event_types: vec![], ..input() },
                json!({"event_types": ["The event_types field must name at least one event type."]}),
            ),
            (
                CreateEndpointInput { event_types: vec!["a.b".into(), "user.created".into(), "*".into()], ..input() },
                json!({"event_types": ["There is no such event type."]}),
            ),
            (of(&"x".repeat(201)), json!({"description": [DESCRIPTION]})),
            (of("a\nb"), json!({"description": [DESCRIPTION]})),
            (
                CreateEndpointInput { signature: Some("v2".into()), filters: Some(json!([])), ..input() },
                json!({
                    "filters": ["The filters field must be an object of at most 20 texts, numbers, booleans or nulls, nested at most 3 deep, and 4096 bytes in all."],
                    "signature": ["The signature field must be v1 or v1a."],
                }),
            ),
            (
                CreateEndpointInput { headers: Some(vec![("Host".into(), Secret::new("x"))]), ..input() },
                json!({"headers": ["The headers field names a header that is not an endpoint's to set."]}),
            ),
            (
                CreateEndpointInput { url: "https://localhost/".into(), ..of("\0") },
                json!({"description": [DESCRIPTION], "url": ["The url field must name a public host."]}),
            ),
        ];
        for (input, expected) in cases {
            let store = Arc::default();
            let Err(Error::Invalid(problems)) = create(&store, input).await else { panic!("{expected}") };
            let told: serde_json::Map<_, _> =
                problems.iter().map(|(field, sentences)| (field.to_owned(), json!(sentences))).collect();
            assert_eq!(serde_json::Value::from(told), expected);
            assert!(store.all().iter().all(|it| it.changes.is_empty()));
        }
        assert!(create(&Arc::default(), of(&"ü".repeat(200))).await.is_ok());
    }
}
