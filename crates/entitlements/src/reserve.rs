use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{Act, Fault, OrganizationId, Problems, ReservationId, TokenHash};

use crate::consume::{check_quantity, refused};
use crate::metering::{Answer, Balance, Deed, MeterKey, Order};
use crate::model::{Reservation, ServiceCode};
use crate::ports::{Catalogue, Meters};
use crate::{Consumed, Error};

/// Keeps a part of a quota free for work whose size is known only afterwards, and counts or lets go of it then.
pub struct Reserve {
    /// What there is.
    pub catalogue: Arc<dyn Catalogue>,
    /// What counts.
    pub meters: Arc<dyn Meters>,
}

/// What is to be kept free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReserveInput {
    /// Of which service.
    pub service: String,
    /// Of which meter.
    pub meter: String,
    /// How much; at least 1.
    pub quantity: i64,
    /// For how many seconds: 1 to a week's.
    pub expires_in: i64,
}

impl Reserve {
    const LONGEST: TimeDelta = TimeDelta::days(7);

    /// The reservation; or how the meter stands, where there is not so much left.
    pub async fn run(
        &self,
        act: &Act,
        organization: OrganizationId,
        input: &ReserveInput,
    ) -> Result<Result<Reservation, Balance>, Error> {
        let service = ServiceCode::parse(&input.service).ok_or(Error::ServiceNotFound)?;
        let mut problems = Problems::default();
        check_quantity(&mut problems, input.quantity);
        let longest = Self::LONGEST.num_seconds();
        if !(1..=longest).contains(&input.expires_in) {
            problems.add("expires_in", format!("The expires_in field must be 1 to {longest} seconds."));
        }
        if !problems.is_empty() {
            return Err(problems.into());
        }
        let id: ReservationId = act.id();
        let deed = Deed::Reserve {
            id,
            quantity: input.quantity,
            expires_at: act.at + TimeDelta::seconds(input.expires_in),
            key: key(act, id),
        };
        let meter = MeterKey { organization, service, meter: input.meter.clone() };
        match self.deal(act, meter.clone(), deed).await? {
            Answer::Reserved(reservation) => Ok(Ok(*reservation)),
            Answer::Exceeded(balance) => Ok(Err(balance)),
            other => Err(refused(other, &meter, self.catalogue.as_ref()).await),
        }
    }

    /// Counts what it came to, less or more than was reserved; more has to be there.
    pub async fn confirm(
        &self,
        act: &Act,
        organization: OrganizationId,
        id: ReservationId,
        quantity: Option<i64>,
    ) -> Result<Consumed, Error> {
        let mut problems = Problems::default();
        check_quantity(&mut problems, quantity.unwrap_or(1));
        if !problems.is_empty() {
            return Err(problems.into());
        }
        let meter = self.meter_of(organization, id).await?;
        let told = |accepted, balance| Ok(Consumed { accepted, meter: meter.meter.clone(), balance });
        match self.deal(act, meter.clone(), Deed::Confirm { reservation: id, quantity }).await? {
            Answer::Accepted(balance) | Answer::Repeated(balance) => told(true, balance),
            Answer::Exceeded(balance) => told(false, balance),
            other => Err(refused(other, &meter, self.catalogue.as_ref()).await),
        }
    }

    /// Lets go of it; again where it was let go of before.
    pub async fn release(&self, act: &Act, organization: OrganizationId, id: ReservationId) -> Result<(), Error> {
        let meter = self.meter_of(organization, id).await?;
        match self.deal(act, meter.clone(), Deed::Release { reservation: id }).await? {
            Answer::Released => Ok(()),
            other => Err(refused(other, &meter, self.catalogue.as_ref()).await),
        }
    }

    async fn meter_of(&self, organization: OrganizationId, id: ReservationId) -> Result<MeterKey, Error> {
        let found = self.meters.reservation(organization, id).await?.ok_or(Error::NotFound)?;
        Ok(MeterKey { organization, service: found.service, meter: found.meter })
    }

    async fn deal(&self, act: &Act, meter: MeterKey, deed: Deed) -> Result<Answer, Error> {
        let answers = self.meters.deal(vec![Order { act: act.clone(), meter, deed }]).await?;
        answers.into_iter().next().ok_or_else(|| Fault::defect("an order was not answered").into())
    }
}

/// Under the caller's `Idempotency-Key` the same request is the same reservation.
fn key(act: &Act, id: ReservationId) -> TokenHash {
    match &act.idempotency {
        Some(idempotency) => TokenHash::from_bytes(idempotency.once_key().0),
        None => TokenHash::of(&id.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use kernel::testing::{NOON, act, nth};
    use kernel::{Idempotency, Secret};

    use super::*;
    use crate::model::ReservationStatus;
    use crate::ports::{MockCatalogue, MockMeters};
    use crate::testing::sms_gateway;

    fn input() -> ReserveInput {
        ReserveInput { service: "SMS_GATEWAY".into(), meter: "messages".into(), quantity: 5, expires_in: 60 }
    }

    fn reservation() -> Reservation {
        Reservation {
            id: nth(7),
            organization: nth(60),
            service: sms_gateway().code,
            meter: "messages".into(),
            key: TokenHash::of("k"),
            quantity: 5,
            created_at: NOON,
            expires_at: NOON + TimeDelta::seconds(60),
            closed_at: None,
            confirmed: None,
            balance: Balance::default(),
        }
    }

    /// Whose orders are answered so, and the orders that came.
    fn reserve(found: Option<Reservation>, answer: Answer) -> (Reserve, Arc<Mutex<Vec<Order>>>) {
        let mut catalogue = MockCatalogue::new();
        catalogue.expect_service().returning(|_| Ok(Some(sms_gateway())));
        let asked: Arc<Mutex<Vec<Order>>> = Arc::default();
        let seen = Arc::clone(&asked);
        let mut meters = MockMeters::new();
        meters.expect_reservation().returning(move |_, _| Ok(found.clone()));
        meters.expect_deal().returning(move |orders| {
            seen.lock().unwrap().extend(orders);
            Ok(vec![answer.clone()])
        });
        (Reserve { catalogue: Arc::new(catalogue), meters: Arc::new(meters) }, asked)
    }

    #[tokio::test]
    async fn it_is_kept_free_until_it_expires() {
        let (reserve, asked) = reserve(None, Answer::Reserved(Box::new(reservation())));
        assert_eq!(reserve.run(&act(), nth(60), &input()).await.unwrap(), Ok(reservation()));
        let Deed::Reserve { quantity, expires_at, .. } = asked.lock().unwrap()[0].deed else {
            panic!("no reservation")
        };
        assert_eq!((quantity, expires_at), (5, NOON + TimeDelta::seconds(60)));
    }

    #[tokio::test]
    async fn where_there_is_not_so_much_left_it_is_told_how_much_is() {
        let balance = Balance { used: 98, remaining: 2, limit: 100, resets_at: None };
        let (reserve, _) = reserve(None, Answer::Exceeded(balance));
        assert_eq!(reserve.run(&act(), nth(60), &input()).await.unwrap(), Err(balance));
    }

    #[tokio::test]
    async fn under_one_idempotency_key_it_is_one() {
        let idempotency = Idempotency { key: Secret::new("k"), scope: "POST".into(), request: [1; 32] };
        let expected = TokenHash::from_bytes(idempotency.once_key().0);
        let key_of = async |act: Act| {
            let (reserve, asked) = reserve(None, Answer::Reserved(Box::new(reservation())));
            reserve.run(&act, nth(60), &input()).await.unwrap().unwrap();
            let Deed::Reserve { key, .. } = asked.lock().unwrap()[0].deed else { panic!("no reservation") };
            key
        };
        assert_eq!(key_of(Act { idempotency: Some(idempotency), ..act() }).await, expected);
        let shared = act();
        assert_ne!(key_of(shared.clone()).await, key_of(shared).await, "without one each is another");
    }

    #[tokio::test]
    async fn what_breaks_a_rule_is_named() {
        for (bad, field) in [
            (ReserveInput { quantity: 0, ..input() }, "quantity"),
            (ReserveInput { expires_in: 0, ..input() }, "expires_in"),
            (ReserveInput { expires_in: 604_801, ..input() }, "expires_in"),
        ] {
            let (reserve, asked) = reserve(None, Answer::Released);
            let Err(Error::Invalid(problems)) = reserve.run(&act(), nth(60), &bad).await else { panic!("{field}") };
            assert_eq!(problems.iter().map(|(name, _)| name).collect::<Vec<_>>(), [field]);
            assert!(asked.lock().unwrap().is_empty());
        }
    }

    #[tokio::test]
    async fn it_is_confirmed_and_released_at_its_meter() {
        let (confirming, asked) = reserve(Some(reservation()), Answer::Accepted(Balance::default()));
        let confirmed = confirming.confirm(&act(), nth(60), nth(7), Some(3)).await.unwrap();
        assert_eq!((confirmed.accepted, confirmed.meter.as_str()), (true, "messages"));
        assert_eq!(asked.lock().unwrap()[0].deed, Deed::Confirm { reservation: nth(7), quantity: Some(3) });
        let (releasing, asked) = reserve(Some(reservation()), Answer::Released);
        releasing.release(&act(), nth(60), nth(7)).await.unwrap();
        assert_eq!(asked.lock().unwrap()[0].deed, Deed::Release { reservation: nth(7) });
    }

    #[tokio::test]
    async fn what_is_not_there_or_not_open_is_refused() {
        let (gone, asked) = reserve(None, Answer::Released);
        assert!(matches!(gone.confirm(&act(), nth(60), nth(7), None).await, Err(Error::NotFound)));
        assert!(matches!(gone.release(&act(), nth(60), nth(7)).await, Err(Error::NotFound)));
        assert!(matches!(gone.confirm(&act(), nth(60), nth(7), Some(0)).await, Err(Error::Invalid(_))));
        assert!(asked.lock().unwrap().is_empty());
        let (closed, _) = reserve(Some(reservation()), Answer::Closed(ReservationStatus::Expired));
        let refused = closed.confirm(&act(), nth(60), nth(7), None).await;
        assert!(matches!(refused, Err(Error::ReservationClosed(ReservationStatus::Expired))));
    }
}
