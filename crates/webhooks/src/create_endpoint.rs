use std::collections::HashSet;
use std::sync::Arc;

use kernel::{
    Act, Decided, OrganizationId, Problems, Secret, Store, UnitOfWork, WebhookId, Write, carry_out, is_invisible,
    recall,
};
use serde::{Deserialize, Serialize};

use crate::model::{Endpoint, EndpointStatus, EndpointUrl, SigningSecret};
use crate::ports::Sender;
use crate::{Action, Change, Error};

/// Makes an endpoint; its secret is shown once.
pub struct CreateEndpoint {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// What knows where a name leads.
    pub sender: Arc<dyn Sender>,
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
        if let Some(answer) = recall(self.store.as_ref(), act).await? {
            return Ok(answer);
        }
        let url = self.check(&input)?;
        if !self.sender.admits(&url).await {
            return Err(Problems::one("url", "The url field must name a public host.").into());
        }
        let mut event_types = input.event_types;
        let mut seen = HashSet::new();
        event_types.retain(|it| seen.insert(it.clone()));
        carry_out(self.store.as_ref(), act, || async {
            let endpoint = Endpoint {
                id: act.id(),
                organization,
                url: url.clone(),
                event_types: event_types.clone(),
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
        if input.description.as_ref().is_some_and(|it| it.chars().count() > 200 || it.chars().any(is_invisible)) {
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

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, Units, act, nth};
    use serde_json::json;

    use super::*;
    use crate::ports::MockSender;

    fn input() -> CreateEndpointInput {
        CreateEndpointInput {
            url: "https://hooks.example.com/in".into(),
            event_types: vec!["user.created".into(), "member.added".into()],
            description: Some("Ours".into()),
        }
    }

    async fn create(store: &Arc<Units<Change>>, input: CreateEndpointInput) -> Result<Created, Error> {
        let store: Arc<dyn Store<Change>> = Arc::<Units<Change>>::clone(store);
        let event_types = vec!["user.created", "user.updated", "member.added"];
        let allowed_hosts = vec!["127.0.0.1:9000".to_owned()];
        let mut sender = MockSender::new();
        sender.expect_admits().returning(|url| !url.as_str().contains("sneaky"));
        let sender = Arc::new(sender);
        CreateEndpoint { store, sender, event_types, allowed_hosts }.run(&act(), nth(60), input).await
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
            secret: SigningSecret::generate(act.ids.as_ref()),
            status: EndpointStatus::Enabled,
            created_at: NOON,
            version: 0,
        };
        let action = Action::EndpointCreated { organization: nth(60), webhook: endpoint.id };
        let unit = UnitOfWork::of(&act, &action).change(Change::Endpoint(Write::Add(endpoint.clone())));
        assert_eq!(store.only(), unit);
        assert_eq!(created.secret, *endpoint.secret.secret());
        assert!(created.secret.expose().starts_with("whsec_"));
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
    async fn an_event_type_asked_for_twice_is_told_once() {
        let twice = CreateEndpointInput { event_types: vec!["user.created".into(); 2], ..input() };
        assert_eq!(create(&Arc::default(), twice).await.unwrap().event_types, ["user.created"]);
    }

    #[tokio::test]
    async fn the_secret_is_not_recorded() {
        let store = Arc::default();
        let created = create(&store, input()).await.unwrap();
        let evidence = store.only().evidence;
        let keys: Vec<_> = evidence.audit[0].public.iter().map(|it| it.key.as_ref()).collect();
        assert_eq!(keys, ["url", "event_types", "description", "status"]);
        assert!(!format!("{evidence:?}").contains(created.secret.expose()));
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
            assert_eq!(store.all(), []);
        }
        assert!(create(&Arc::default(), of(&"ü".repeat(200))).await.is_ok());
    }
}
