use std::sync::Arc;

use kernel::{Act, Decided, Mail, OrganizationId, Store, UnitOfWork, WebhookId, Write, carry_out};

use crate::model::{Endpoint, EndpointStatus};
use crate::ports::{Caretakers, Endpoints};
use crate::{Action, Change, Deed, Error, Happening};

/// The templates this domain fills.
pub const MAILS: &[&str] = &[WEBHOOK_DISABLED];

const WEBHOOK_DISABLED: &str = "webhook_disabled";

/// Why an endpoint is sent nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It answered 410.
    Gone,
    /// It took nothing for days.
    Failing,
    /// Somebody said so.
    Requested,
}

impl Reason {
    /// As told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Failing => "failing",
            Self::Requested => "requested",
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Gone => "it answered that it is gone (410)",
            Self::Failing => "it took nothing for five days",
            Self::Requested => "somebody said so",
        }
    }
}

/// Stops sending to an endpoint that takes nothing, and tells those it concerns.
#[derive(Clone)]
pub struct DisableEndpoint {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which endpoints there are.
    pub endpoints: Arc<dyn Endpoints>,
    /// Whom it concerns.
    pub caretakers: Arc<dyn Caretakers>,
}

impl DisableEndpoint {
    /// Where it is still as it was at that version: what was found out is not true of what it became since. Answers whether
    /// it was.
    pub async fn run(
        &self,
        act: &Act,
        organization: OrganizationId,
        id: WebhookId,
        version: i64,
        reason: Reason,
    ) -> Result<bool, Error> {
        carry_out(self.store.as_ref(), act, || async {
            let found = self.endpoints.by_id(organization, id).await?;
            let is_so = |it: &Endpoint| it.version == version && it.status == EndpointStatus::Enabled;
            let Some(endpoint) = found.filter(is_so) else { return Ok(Decided::Nothing(false)) };
            let Some((name, caretakers)) = self.caretakers.of(organization, act.at).await? else {
                return Ok(Decided::Nothing(false));
            };
            let next = Endpoint { status: EndpointStatus::Disabled, ..endpoint.clone() };
            let called = endpoint.description.clone().unwrap_or_else(|| endpoint.url.host().to_owned());
            let unit = UnitOfWork::of(act, &Action { organization, webhook: id, deed: Deed::Disabled(reason) })
                .change(Change::Endpoint(Write::Save { expected: endpoint, next: next.clone() }))
                .announce(&Happening::EndpointDisabled { endpoint: next, reason });
            let unit = caretakers.iter().fold(unit, |unit, to| {
                unit.mail(
                    Mail::new(act, &to.email, WEBHOOK_DISABLED)
                        .with("username", to.username.clone())
                        .with("organization", name.clone())
                        .with("webhook", called.clone())
                        .with("id", id.to_string())
                        .with("reason", reason.sentence().to_owned()),
                )
            });
            Ok(Decided::Done(unit, true))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use kernel::EmailAddress;
    use kernel::testing::{Units, act};

    use super::*;
    use crate::ports::{Caretaker, MockCaretakers};
    use crate::testing::{endpoint, endpoints};

    async fn disable(endpoint: Endpoint, version: i64, reason: Reason) -> Vec<UnitOfWork<Change>> {
        let store = Arc::new(Units::default());
        let mut caretakers = MockCaretakers::new();
        let both = ["ada", "bob"].map(|it| Caretaker {
            username: it.to_owned(),
            email: EmailAddress::parse(&format!("{it}@example.com")).unwrap(),
        });
        caretakers.expect_of().returning(move |_, _| Ok(Some(("Acme".to_owned(), both.to_vec()))));
        let Endpoint { organization, id, .. } = endpoint;
        let use_case =
            DisableEndpoint { store: store.clone(), endpoints: endpoints(endpoint), caretakers: Arc::new(caretakers) };
        let is_so = use_case.run(&act(), organization, id, version, reason).await.unwrap();
        assert_eq!(is_so, !store.all().is_empty());
        store.all()
    }

    #[tokio::test]
    async fn it_is_disabled_and_told_to_those_it_concerns() {
        for (reason, told) in [(Reason::Gone, "gone"), (Reason::Failing, "failing")] {
            let units = disable(endpoint(), endpoint().version, reason).await;
            let [unit] = units.as_slice() else { panic!("{units:?}") };
            let next = Endpoint { status: EndpointStatus::Disabled, ..endpoint() };
            assert_eq!(unit.changes, [Change::Endpoint(Write::Save { expected: endpoint(), next })]);
            let event = &unit.evidence.events[0];
            assert_eq!((event.kind, &event.data["reason"]), ("webhook.disabled", &told.into()));
            assert!(!event.data.to_string().contains("example.com"), "an address may be a secret");
            let to: Vec<_> = unit.evidence.mail.iter().map(|it| (it.to.as_str(), it.template)).collect();
            assert_eq!(to, [("ada@example.com", "webhook_disabled"), ("bob@example.com", "webhook_disabled")]);
        }
    }

    #[tokio::test]
    async fn what_was_changed_meanwhile_or_is_disabled_stays_as_it_is() {
        assert_eq!(disable(endpoint(), endpoint().version - 1, Reason::Gone).await, []);
        let disabled = Endpoint { status: EndpointStatus::Disabled, ..endpoint() };
        assert_eq!(disable(disabled, endpoint().version, Reason::Gone).await, []);
    }
}
