use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{OrganizationId, Problems, Time};

use crate::Error;
use crate::model::ServiceCode;
use crate::ports::{Catalogue, Meters};

/// How much was used, bucket by bucket.
pub struct ReadHistory {
    /// What there is.
    pub catalogue: Arc<dyn Catalogue>,
    /// What was counted.
    pub meters: Arc<dyn Meters>,
}

/// How long a bucket is, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granularity {
    /// An hour.
    Hour,
    /// From midnight to midnight.
    Day,
    /// A month of the calendar.
    Month,
}

impl Granularity {
    /// As told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The longest span that is answered at once.
    const fn longest(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::days(31),
            Self::Day => TimeDelta::days(366),
            Self::Month => TimeDelta::days(3_660),
        }
    }
}

/// What was used of a meter in a bucket; buckets in which nothing was are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Of which meter.
    pub meter: String,
    /// When the bucket began.
    pub start: Time,
    /// How much.
    pub used: i64,
    /// In how many consumptions.
    pub times: i64,
}

impl ReadHistory {
    /// Of every meter of a service, from the bucket that holds `from` until `to`, oldest first. Without `from` as much as
    /// is answered at once.
    pub async fn run(
        &self,
        organization: OrganizationId,
        service: &str,
        (from, to): (Option<Time>, Time),
        granularity: Granularity,
    ) -> Result<Vec<Bucket>, Error> {
        let code = ServiceCode::parse(service).ok_or(Error::ServiceNotFound)?;
        self.catalogue.service(&code).await?.ok_or(Error::ServiceNotFound)?;
        let longest = granularity.longest();
        let from = from.unwrap_or(to - longest);
        if from >= to {
            return Err(Problems::one("from", "The from field must lie before the to field.").into());
        }
        if to - from > longest {
            let (days, name) = (longest.num_days(), granularity.as_str());
            let sentence = format!("By {name}, from and to must lie at most {days} days apart.");
            return Err(Problems::one("from", sentence).into());
        }
        Ok(self.meters.history(organization, &code, from, to, granularity).await?)
    }
}

#[cfg(test)]
mod tests {
    use kernel::testing::{NOON, nth};

    use super::*;
    use crate::ports::{MockCatalogue, MockMeters};
    use crate::testing::sms_gateway;

    async fn read(service: &str, from: Option<TimeDelta>, granularity: Granularity) -> Result<Vec<Bucket>, Error> {
        let mut catalogue = MockCatalogue::new();
        catalogue.expect_service().returning(|code| Ok(Some(sms_gateway()).filter(|it| it.code == *code)));
        let mut meters = MockMeters::new();
        // The bucket tells which span was asked for.
        meters.expect_history().returning(|_, _, from, to, _| {
            Ok(vec![Bucket { meter: "messages".into(), start: from, used: (to - from).num_days(), times: 1 }])
        });
        let history = ReadHistory { catalogue: Arc::new(catalogue), meters: Arc::new(meters) };
        history.run(nth(60), service, (from.map(|it| NOON - it), NOON), granularity).await
    }

    #[tokio::test]
    async fn without_a_beginning_it_goes_back_as_far_as_it_may() {
        for (granularity, days) in [(Granularity::Hour, 31), (Granularity::Day, 366), (Granularity::Month, 3_660)] {
            assert_eq!(read("SMS_GATEWAY", None, granularity).await.unwrap()[0].used, days);
        }
    }

    #[tokio::test]
    async fn a_span_that_is_none_or_too_long_is_refused() {
        assert!(read("SMS_GATEWAY", Some(TimeDelta::days(31)), Granularity::Hour).await.is_ok());
        for (from, granularity) in [
            (TimeDelta::days(32), Granularity::Hour),
            (TimeDelta::days(367), Granularity::Day),
            (TimeDelta::days(3_661), Granularity::Month),
            (TimeDelta::zero(), Granularity::Day),
            (TimeDelta::days(-1), Granularity::Day),
        ] {
            let refused = read("SMS_GATEWAY", Some(from), granularity).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{from} {granularity:?}");
        }
    }

    #[tokio::test]
    async fn an_unknown_service_has_none() {
        for service in ["HONEY", "sms"] {
            assert!(matches!(read(service, None, Granularity::Day).await, Err(Error::ServiceNotFound)), "{service}");
        }
    }
}
