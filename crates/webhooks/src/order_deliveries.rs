use std::sync::Arc;

use kernel::{
    Act, Decided, DeliveryId, OrganizationId, Problems, Store, Time, UnitOfWork, WebhookId, carry_out, recall,
};

use crate::model::{Endpoint, EndpointStatus};
use crate::ports::{DeliveryLog, Endpoints};
use crate::{Action, Change, Checks, Deed, Error, Happening, Order, Ordered};

/// Sends an endpoint what somebody asks for, beside what happens: it goes the same way as everything, and is tried as often.
pub struct OrderDeliveries {
    /// Where it is written.
    pub store: Arc<dyn Store<Change>>,
    /// Which endpoints there are.
    pub endpoints: Arc<dyn Endpoints>,
    /// What was sent.
    pub log: Arc<dyn DeliveryLog>,
    /// What an endpoint may be: of a test it is asked again.
    pub checks: Checks,
}

impl OrderDeliveries {
    /// The most that one replay sends.
    const MOST: u32 = 10_000;

    /// An event of type `webhook.test`, for this endpoint alone. Answers its delivery.
    pub async fn test(&self, act: &Act, organization: OrganizationId, id: WebhookId) -> Result<DeliveryId, Error> {
        if let Some(delivery) = recall(self.store.as_ref(), act).await? {
            return Ok(delivery);
        }
        let endpoint = self.enabled(organization, id).await?;
        let mut problems = Problems::default();
        let url = self.checks.url(&mut problems, endpoint.url.as_str()).ok_or(problems)?;
        self.checks.admit(&url).await?;
        carry_out(self.store.as_ref(), act, || async {
            let endpoint = self.enabled(organization, id).await?;
            let unit = UnitOfWork::of(act, &Action { organization, webhook: id, deed: Deed::Tested });
            let unit = unit.announce(&Happening::Test(endpoint));
            let event = unit.evidence.events.iter().map(|it| it.id).next().ok_or(Error::NotFound)?;
            let delivery = act.id();
            let order = Order { organization, webhook: id, at: act.at, what: Ordered::Test { delivery, event } };
            Ok(Decided::Done(unit.change(Change::Deliver(order)), delivery))
        })
        .await
    }

    /// What was sent once more, from the first try on.
    pub async fn again(
        &self,
        act: &Act,
        organization: OrganizationId,
        id: WebhookId,
        delivery: DeliveryId,
    ) -> Result<(), Error> {
        carry_out(self.store.as_ref(), act, || async {
            // What is not there is not in a state.
            let endpoint = self.endpoints.by_id(organization, id).await?.ok_or(Error::NotFound)?;
            self.log.by_id(&endpoint, delivery).await?.ok_or(Error::NotFound)?;
            self.enabled(organization, id).await?;
            let order = Order { organization, webhook: id, at: act.at, what: Ordered::Again(delivery) };
            let unit = UnitOfWork::of(act, &Action { organization, webhook: id, deed: Deed::Redelivered });
            Ok(Decided::Done(unit.change(Change::Deliver(order)), ()))
        })
        .await
    }

    /// All that it wants of what happened from `from` until before `to`, delivered or not; of what happened before it was
    /// made too, as long as it is kept. What waits is tried at once.
    pub async fn span(
        &self,
        act: &Act,
        organization: OrganizationId,
        id: WebhookId,
        from: Time,
        to: Time,
    ) -> Result<(), Error> {
        if to <= from {
            return Err(Problems::one("to", "The to field must be later than the from field.").into());
        }
        carry_out(self.store.as_ref(), act, || async {
            let endpoint = self.enabled(organization, id).await?;
            if self.log.count(&endpoint, from, to, Self::MOST + 1).await? > Self::MOST {
                return Err(Problems::one(
                    "to",
                    "There are more than 10000 events in the span: ask for a shorter one.",
                )
                .into());
            }
            let order = Order { organization, webhook: id, at: act.at, what: Ordered::Span { from, to } };
            let unit = UnitOfWork::of(act, &Action { organization, webhook: id, deed: Deed::Replayed });
            Ok(Decided::Done(unit.change(Change::Deliver(order)), ()))
        })
        .await
    }

    async fn enabled(&self, organization: OrganizationId, id: WebhookId) -> Result<Endpoint, Error> {
        let endpoint = self.endpoints.by_id(organization, id).await?.ok_or(Error::NotFound)?;
        if endpoint.status == EndpointStatus::Enabled { Ok(endpoint) } else { Err(Error::Disabled) }
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, Units, act, nth};

    use super::*;
    use crate::model::EndpointUrl;
    use crate::ports::MockDeliveryLog;
    use crate::testing::{checks, details, endpoint, endpoints};

    fn use_case(endpoint: Endpoint) -> (OrderDeliveries, Arc<Units<Change>>) {
        use_case_where(endpoint, 3)
    }

    /// Where so many events happened.
    fn use_case_where(endpoint: Endpoint, happened: u32) -> (OrderDeliveries, Arc<Units<Change>>) {
        let store = Arc::new(Units::default());
        let mut log = MockDeliveryLog::new();
        log.expect_by_id().returning(|_, id| Ok(Some(details()).filter(|it| it.delivery.id == id)));
        log.expect_count().returning(move |_, _, _, most| Ok(happened.min(most)));
        let (endpoints, log) = (endpoints(endpoint), Arc::new(log));
        (OrderDeliveries { store: store.clone(), endpoints, log, checks: checks() }, store)
    }

    fn ordered(what: Ordered) -> Change {
        let Endpoint { organization, id, .. } = endpoint();
        Change::Deliver(Order { organization, webhook: id, at: NOON, what })
    }

    #[tokio::test]
    async fn a_test_is_an_event_for_this_endpoint_alone() {
        let (use_case, store) = use_case(endpoint());
        let delivery = use_case.test(&act(), endpoint().organization, endpoint().id).await.unwrap();
        let unit = store.only();
        let event = &unit.evidence.events[0];
        assert_eq!((event.kind, unit.evidence.audit[0].action), ("webhook.test", "webhook.tested"));
        assert_eq!(unit.changes, [ordered(Ordered::Test { delivery, event: event.id })]);
    }

    #[tokio::test]
    async fn wh_01_a_target_is_looked_at_again_before_a_test() {
        for url in ["https://sneaky.example.com/", "https://10.0.0.1/"] {
            let url = EndpointUrl::stored(url).unwrap();
            let (use_case, store) = use_case(Endpoint { url, ..endpoint() });
            let done = use_case.test(&act(), endpoint().organization, endpoint().id).await;
            let Err(Error::Invalid(problems)) = done else { panic!("{done:?}") };
            assert!(problems.iter().any(|(field, _)| field == "url"));
            assert_eq!(store.all(), []);
        }
    }

    #[tokio::test]
    async fn one_is_sent_once_more() {
        let (use_case, store) = use_case(endpoint());
        let again = async |id| use_case.again(&act(), endpoint().organization, endpoint().id, id).await;
        again(details().delivery.id).await.unwrap();
        assert_eq!(store.only().changes, [ordered(Ordered::Again(details().delivery.id))]);
        assert!(matches!(again(nth(99)).await, Err(Error::NotFound)));
    }

    #[tokio::test]
    async fn a_span_ends_after_it_begins() {
        let (use_case, store) = use_case(endpoint());
        let later = NOON + chrono::TimeDelta::hours(1);
        let span = async |from, to| use_case.span(&act(), endpoint().organization, endpoint().id, from, to).await;
        for (from, to) in [(NOON, NOON), (later, NOON)] {
            assert!(matches!(span(from, to).await, Err(Error::Invalid(_))));
        }
        span(NOON, later).await.unwrap();
        assert_eq!(store.only().changes, [ordered(Ordered::Span { from: NOON, to: later })]);
    }

    #[tokio::test]
    async fn a_span_holds_ten_thousand_events_at_most() {
        let later = NOON + chrono::TimeDelta::hours(1);
        for (happened, fits) in [(10_000, true), (10_001, false)] {
            let (use_case, store) = use_case_where(endpoint(), happened);
            let done = use_case.span(&act(), endpoint().organization, endpoint().id, NOON, later).await;
            assert_eq!((done.is_ok(), store.all().len()), (fits, usize::from(fits)));
            assert!(fits || matches!(done, Err(Error::Invalid(_))));
        }
    }

    #[tokio::test]
    async fn nothing_is_ordered_for_an_endpoint_that_is_sent_nothing() {
        let (use_case, store) = use_case(Endpoint { status: EndpointStatus::Disabled, ..endpoint() });
        let Endpoint { organization, id, .. } = endpoint();
        let later = NOON + chrono::TimeDelta::hours(1);
        let delivery = details().delivery.id;
        assert!(matches!(use_case.test(&act(), organization, id).await, Err(Error::Disabled)));
        assert!(matches!(use_case.again(&act(), organization, id, delivery).await, Err(Error::Disabled)));
        assert!(matches!(use_case.span(&act(), organization, id, NOON, later).await, Err(Error::Disabled)));
        for elsewhere in [nth(61), nth(62)] {
            assert!(matches!(use_case.test(&act(), elsewhere, id).await, Err(Error::NotFound)));
            assert!(matches!(use_case.again(&act(), elsewhere, id, delivery).await, Err(Error::NotFound)));
            assert!(matches!(use_case.span(&act(), elsewhere, id, NOON, later).await, Err(Error::NotFound)));
        }
        assert_eq!(store.all(), []);
    }
}
