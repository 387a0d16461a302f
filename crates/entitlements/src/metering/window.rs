use kernel::Time;

use crate::Window;
use crate::metering::MeterRow;
use crate::model::{Quota, Subscription};

/// The window a meter is in at the moment `at`, and its row of that period in it. A meter never goes back to a window that is over: what
/// arrives late counts in the one that is running.
pub fn turn(row: Option<MeterRow>, quota: &Quota, subscription: &Subscription, at: Time) -> (Window, MeterRow) {
    let anchor = subscription.anchor;
    let begin = |window: Window, carried| MeterRow {
        period: quota.period,
        window_start: window.start,
        used: 0,
        quota: quota.limit,
        granted: 0,
        carried,
        announced: 0,
    };
    let window = quota.period.window(anchor, row.map_or(at, |it| at.max(it.window_start)));
    match row {
        // What was carried over under a plan that carries more, or at all, does not outlive it.
        Some(row) if window.start == row.window_start => {
            (window, MeterRow { quota: quota.limit, carried: row.carried.min(quota.rollover), ..row })
        }
        _ => (window, begin(window, carried_into(window, row.as_ref(), quota, subscription))),
    }
}

/// What of the quota was left when the window before ended, up to what the plan carries over, and counted by the smaller of
/// the two quotas where they differ. What is left of grants needs no carrying: they outlive windows.
fn carried_into(window: Window, last: Option<&MeterRow>, quota: &Quota, subscription: &Subscription) -> i64 {
    if window.start <= subscription.started_at {
        return 0;
    }
    let is_before = |it: &&MeterRow| {
        let whole = quota.period.window(subscription.anchor, it.window_start);
        whole == Window { start: it.window_start, end: Some(window.start) }
    };
    let left = match last.filter(is_before) {
        Some(last) => quota.limit.min(last.quota) + last.carried - (last.used - last.granted),
        // Nothing was used in it.
        None => quota.limit,
    };
    left.clamp(0, quota.rollover)
}
