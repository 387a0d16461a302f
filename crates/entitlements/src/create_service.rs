use std::sync::Arc;

use kernel::{Act, Decided, Problems, Store, UnitOfWork, Write, carry_out, display_name, is_invisible};

use crate::model::{Service, ServiceCode};
use crate::{Action, Change, Error};

/// Adds a service to the catalogue, without plans: by a platform administrator.
pub struct CreateService {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
}

/// What the service is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceInput {
    /// Its name in requests.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// What it is for: at most 500 characters.
    pub description: String,
}

impl CreateService {
    /// Its code is its for ever.
    pub async fn run(&self, act: &Act, input: &ServiceInput) -> Result<Service, Error> {
        let mut problems = Problems::default();
        let sentence = "The code field must be 1 to 50 characters, only upper case letters, digits and underscores.";
        let code = problems.check("code", ServiceCode::parse(&input.code), sentence);
        let name = check_name(&mut problems, &input.name);
        let description = check_description(&mut problems, &input.description);
        let (Some(code), Some(name), Some(description)) = (code, name, description) else {
            return Err(problems.into());
        };
        let service = Service { code, name, description, plans: Vec::new(), retired_at: None, version: 0 };
        carry_out(self.store.as_ref(), act, || async {
            let unit = UnitOfWork::of(act, &Action::ServiceCreated(service.code.clone()))
                .change(Change::Service(Write::Add(service.clone())));
            Ok(Decided::Done(unit, service.clone()))
        })
        .await
    }
}

pub(crate) fn check_name(problems: &mut Problems, name: &str) -> Option<String> {
    let name = display_name(name).map(str::to_owned);
    problems.check("name", name, "The name field must be 1 to 100 printable characters.")
}

pub(crate) fn check_description(problems: &mut Problems, description: &str) -> Option<String> {
    let text = description.trim();
    let is_good = text.chars().count() <= 500 && !text.chars().any(is_invisible);
    let sentence = "The description field must be at most 500 printable characters.";
    problems.check("description", is_good.then(|| text.to_owned()), sentence)
}

#[cfg(test)]
mod tests {
    use kernel::testing::{Units, act};
    use kernel::{CommitError, Scope, Taken};

    use super::*;

    async fn create(store: &Arc<Units<Change>>, input: ServiceInput) -> Result<Service, Error> {
        let store: Arc<dyn Store<Change>> = Arc::<Units<Change>>::clone(store);
        CreateService { store }.run(&act(), &input).await
    }

    fn input() -> ServiceInput {
        ServiceInput { code: "FAX_GATEWAY".into(), name: " Fax gateway ".into(), description: "Send faxes".into() }
    }

    #[tokio::test]
    async fn it_begins_without_plans() {
        let store = Arc::default();
        let service = create(&store, input()).await.unwrap();
        assert_eq!((service.name.as_str(), service.plans.len(), service.retired_at), ("Fax gateway", 0, None));
        let unit = store.only();
        assert_eq!(unit.changes, [Change::Service(Write::Add(service))]);
        let entry = &unit.evidence.audit[0];
        assert_eq!(
            (entry.action, entry.target.id.as_str(), entry.scope),
            ("service.created", "FAX_GATEWAY", Scope::Installation)
        );
    }

    #[tokio::test]
    async fn what_breaks_a_rule_is_named() {
        let cases = [
            (ServiceInput { code: "fax".into(), ..input() }, "code"),
            (ServiceInput { name: "  ".into(), ..input() }, "name"),
            (ServiceInput { name: "n".repeat(101), ..input() }, "name"),
            (ServiceInput { description: "d".repeat(501), ..input() }, "description"),
            (ServiceInput { description: "a\u{202e}b".into(), ..input() }, "description"),
        ];
        for (input, field) in cases {
            let store = Arc::default();
            let Err(Error::Invalid(problems)) = create(&store, input).await else { panic!("{field}") };
            assert_eq!(problems.iter().map(|(field, _)| field).collect::<Vec<_>>(), [field]);
            assert_eq!(store.all(), []);
        }
    }

    #[tokio::test]
    async fn a_code_is_given_once() {
        let store = Arc::new(Units::failing([CommitError::Taken(Taken("service"))]));
        assert!(matches!(create(&store, input()).await, Err(Error::ServiceTaken)));
    }
}
