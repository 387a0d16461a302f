use std::sync::Arc;

use chrono::{Datelike, Months, NaiveDate};
use kernel::{Act, Fault, Time};

use crate::ports::Keeping;

/// Keeps entries as long as is wanted, and the log that proves them for ever.
pub struct Keep {
    /// Where they are kept.
    pub keeping: Arc<dyn Keeping>,
    /// For how many whole months after the one they are of; absent for ever.
    pub months: Option<u32>,
}

impl Keep {
    /// Months that are open before anybody needs them.
    const AHEAD: u32 = 3;

    /// Opens the months to come, and lets go of those that are over and done with.
    pub async fn run(&self, act: &Act) -> Result<(), Fault> {
        for ahead in 0..=Self::AHEAD {
            if let Some(month) = month(act.at, Months::new(ahead), NaiveDate::checked_add_months) {
                self.keeping.open(month).await?;
            }
        }
        let before = self.months.and_then(|it| month(act.at, Months::new(it), NaiveDate::checked_sub_months));
        match before {
            Some(before) => self.keeping.drop_before(act, before).await,
            None => Ok(()),
        }
    }
}

/// When the month begins that is so far from this moment's.
fn month(at: Time, away: Months, go: fn(NaiveDate, Months) -> Option<NaiveDate>) -> Option<Time> {
    let first = at.date_naive().with_day(1)?;
    Some(go(first, away)?.and_hms_opt(0, 0, 0)?.and_utc())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use kernel::rfc3339;
    use kernel::testing::act;

    use super::*;
    use crate::ports::MockKeeping;

    async fn kept(months: Option<u32>) -> (Vec<String>, Vec<String>) {
        let (opened, dropped) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let mut keeping = MockKeeping::new();
        let told = Arc::clone(&opened);
        keeping.expect_open().returning(move |at| {
            told.lock().unwrap().push(rfc3339(at));
            Ok(())
        });
        let told = Arc::clone(&dropped);
        keeping.expect_drop_before().returning(move |_, at| {
            told.lock().unwrap().push(rfc3339(at));
            Ok(())
        });
        Keep { keeping: Arc::new(keeping), months }.run(&act()).await.unwrap();
        let (opened, dropped) = (opened.lock().unwrap().clone(), dropped.lock().unwrap().clone());
        (opened, dropped)
    }

    #[tokio::test]
    async fn months_are_open_before_they_begin() {
        let (opened, dropped) = kept(None).await;
        let first = |month: &str| format!("{month}-01T00:00:00Z");
        assert_eq!(opened, ["2026-01", "2026-02", "2026-03", "2026-04"].map(first));
        assert!(dropped.is_empty(), "for ever");
    }

    #[tokio::test]
    async fn whole_months_go() {
        assert_eq!(kept(Some(1)).await.1, ["2025-12-01T00:00:00Z"]);
        assert_eq!(kept(Some(24)).await.1, ["2024-01-01T00:00:00Z"]);
    }
}
