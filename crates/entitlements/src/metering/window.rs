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
    match row {
        None => {
            let window = quota.period.window(anchor, at);
            // Windows in which nothing was used were windows too.
            let first = begin(quota.period.window(anchor, subscription.started_at), 0);
            (window, begin(window, carried_into(window, &first, quota, anchor)))
        }
        Some(row) => {
            let window = quota.period.window(anchor, at.max(row.window_start));
            if window.start == row.window_start {
                (window, MeterRow { quota: quota.limit, ..row })
            } else {
                (window, begin(window, carried_into(window, &row, quota, anchor)))
            }
        }
    }
}

/// What of the quota was left when a window ended, up to what the plan carries over; of windows in between the quota of
/// today. What is left of grants needs no carrying: they outlive windows.
fn carried_into(window: Window, last: &MeterRow, quota: &Quota, anchor: Time) -> i64 {
    let mut passed = quota.period.window(anchor, last.window_start);
    if quota.rollover == 0 || passed.start != last.window_start || last.window_start >= window.start {
        return 0;
    }
    let mut left = (last.quota + last.carried - (last.used - last.granted)).clamp(0, quota.rollover);
    while let Some(end) = passed.end.filter(|it| *it < window.start && left < quota.rollover && quota.limit > 0) {
        passed = quota.period.window(anchor, end);
        left = (left + quota.limit).min(quota.rollover);
    }
    left
}
