use kernel::{Detail, OrganizationId, Recorded, SubscriptionId, Time};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Alteration, Plan, ServiceCode};
use crate::{Error, Period, Window};

/// What a subscription is at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Entitled, on trial.
    Trialing,
    /// Entitled.
    Active,
    /// Stopped by a platform administrator.
    Suspended,
    /// Entitled until the period ends.
    Cancelled,
    /// Over.
    Expired,
}

impl Status {
    /// As told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// Why a subscription is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspensionReason {
    /// It is not paid.
    Payment,
    /// It is abused.
    Abuse,
    /// Something else.
    Other,
}

impl SuspensionReason {
    /// As told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Abuse => "abuse",
            Self::Other => "other",
        }
    }
}

/// What a suspension stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blocks {
    /// Use, and every change by the organization.
    Use,
    /// Changes by the organization alone; what it has it may use.
    Change,
}

impl Blocks {
    /// As told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Use => "use",
            Self::Change => "change",
        }
    }
}

/// A stop by a platform administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Since when.
    pub since: Time,
    /// Why.
    pub reason: SuspensionReason,
    /// What it stops.
    pub blocks: Blocks,
}

/// When something takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// At once.
    Now,
    /// When the current period ends.
    PeriodEnd,
}

/// An organization's subscription to a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// Whose.
    pub organization: OrganizationId,
    /// To what.
    pub service: ServiceCode,
    /// At which level.
    pub plan: String,
    /// In which version of it.
    pub plan_version: i32,
    /// When it began.
    pub started_at: Time,
    /// What its periods are counted from: its beginning, or that of the one before it, whose period was still running.
    pub anchor: Time,
    /// Until when it is a trial.
    pub trial_ends_at: Option<Time>,
    /// What stops it.
    pub suspension: Option<Suspension>,
    /// Since when it is cancelled.
    pub cancelled_at: Option<Time>,
    /// When it ends, once that is decided.
    pub ends_at: Option<Time>,
    /// The plan it takes when the period ends.
    pub next_plan: Option<String>,
    /// What a billing system knows it by; means nothing here.
    pub external_reference: Option<String>,
    /// Until when nothing happens to it by itself; absent where nothing ever will.
    pub settled_until: Option<Time>,
    /// Moves on with every change; the store sets it.
    pub version: i64,
}

impl Subscription {
    /// What it is at the moment `at`.
    #[must_use]
    pub fn status(&self, at: Time) -> Status {
        if self.ends_at.is_some_and(|it| it <= at) {
            Status::Expired
        } else if self.suspension.is_some() {
            Status::Suspended
        } else if self.cancelled_at.is_some() {
            Status::Cancelled
        } else if self.trial_ends_at.is_some_and(|it| at < it) {
            Status::Trialing
        } else {
            Status::Active
        }
    }

    /// Whether the service may be used at the moment `at`.
    #[must_use]
    pub fn is_entitled(&self, at: Time) -> bool {
        match self.status(at) {
            Status::Trialing | Status::Active | Status::Cancelled => true,
            Status::Suspended => self.suspension.is_none_or(|it| it.blocks == Blocks::Change),
            Status::Expired => false,
        }
    }

    /// The month it is in at the moment `at`, counted from its anchor.
    #[must_use]
    pub fn current_period(&self, at: Time) -> Window {
        Period::Month.window(self.anchor, at)
    }

    /// What the periods of one that begins at the moment `at`, after this one, are counted from. While the period this one
    /// ended in is still running it goes on: whoever cancels and subscribes anew has no new quota by that.
    #[must_use]
    pub fn anchor_of_next(&self, at: Time) -> Time {
        let ended_at = self.ends_at.unwrap_or(at);
        let last = self.current_period(ended_at);
        let is_running = last.start < ended_at && last.end.is_none_or(|end| at < end);
        if is_running { self.anchor } else { at }
    }

    /// Another plan, at once or from the next period on. Choosing the present plan for the next period takes back what was
    /// chosen for it.
    pub fn change_plan(&self, plan: &Plan, when: When, at: Time) -> Result<Self, Error> {
        self.changeable(at, &[Status::Trialing, Status::Active])?;
        let (key, version) = (plan.key.clone(), plan.version);
        Ok(match when {
            When::Now => Self { plan: key, plan_version: version, next_plan: None, ..self.clone() },
            When::PeriodEnd => Self { next_plan: Some(key).filter(|it| *it != self.plan), ..self.clone() },
        })
    }

    /// The end, at once or with the current period. A trial that is cancelled ends at the latest when it would have ended.
    pub fn cancel(&self, when: When, at: Time) -> Result<Self, Error> {
        let from: &[Status] = match when {
            When::Now => &[Status::Trialing, Status::Active, Status::Cancelled],
            When::PeriodEnd => &[Status::Trialing, Status::Active],
        };
        self.changeable(at, from)?;
        let ends_at = match when {
            When::Now => at,
            When::PeriodEnd => {
                let trial = self.trial_ends_at.filter(|it| at < *it);
                self.current_period(at).end.into_iter().chain(trial).min().unwrap_or(at)
            }
        };
        let cancelled_at = self.cancelled_at.or(Some(at));
        Ok(Self { cancelled_at, ends_at: Some(ends_at), next_plan: None, ..self.clone() }.settled(at))
    }

    /// Goes on as if it had not been cancelled.
    pub fn resume(&self, at: Time) -> Result<Self, Error> {
        self.changeable(at, &[Status::Cancelled])?;
        Ok(Self { cancelled_at: None, ends_at: None, ..self.clone() }.settled(at))
    }

    /// Known to a billing system by something else, or by nothing.
    pub fn refer(&self, reference: Option<String>, at: Time) -> Result<Self, Error> {
        self.changeable(at, &[Status::Trialing, Status::Active, Status::Cancelled])?;
        Ok(Self { external_reference: reference, ..self.clone() })
    }

    /// Stopped; or stopped for another reason, or otherwise.
    pub fn suspend(&self, reason: SuspensionReason, blocks: Blocks, at: Time) -> Result<Self, Error> {
        let is_another = self.suspension.is_none_or(|it| (it.reason, it.blocks) != (reason, blocks));
        match self.status(at) {
            status @ Status::Expired => Err(Error::IllegalState(status)),
            status if !is_another => Err(Error::IllegalState(status)),
            _ => {
                let since = self.suspension.map_or(at, |it| it.since);
                Ok(Self { suspension: Some(Suspension { since, reason, blocks }), ..self.clone() })
            }
        }
    }

    /// Not stopped any more; also where it has ended meanwhile, so that the organization may subscribe anew.
    pub fn activate(&self, at: Time) -> Result<Self, Error> {
        if self.suspension.is_none() {
            return Err(Error::IllegalState(self.status(at)));
        }
        Ok(Self { suspension: None, ..self.clone() })
    }

    /// As it stands at the moment `at`, with what time alone did to it since it was written, in order. `newest` answers a
    /// plan's newest version. `None` where nothing has happened.
    #[must_use]
    pub fn advance(&self, newest: impl Fn(&str) -> Option<i32>, at: Time) -> Option<(Self, Vec<Alteration>)> {
        let mut next = self.clone();
        let mut moves = Vec::new();
        while let Some(moment) = next.settled_until.filter(|it| *it <= at) {
            if next.ends_at.is_some_and(|it| it <= moment) {
                moves.push(Alteration::Expired);
                next.settled_until = None;
                break;
            }
            if next.trial_ends_at == Some(moment) {
                moves.push(Alteration::TrialEnded);
            }
            if next.current_period(moment).start == moment && moment != next.anchor {
                if let Some(plan) = next.next_plan.take() {
                    let from = std::mem::replace(&mut next.plan, plan);
                    moves.push(Alteration::PlanChanged { from });
                }
                // Of many periods that passed unseen one is told.
                moves.retain(|it| *it != Alteration::Renewed);
                moves.push(Alteration::Renewed);
                next.plan_version = newest(&next.plan).unwrap_or(next.plan_version);
            }
            next = next.settled(moment);
        }
        (next != *self).then_some((next, moves))
    }

    /// The same, knowing when something happens to it by itself after the moment `at`.
    #[must_use]
    pub fn settled(self, at: Time) -> Self {
        let period_end = self.current_period(at).end;
        let trial = self.trial_ends_at.filter(|it| at < *it);
        let settled_until = period_end.into_iter().chain(trial).chain(self.ends_at).min();
        Self { settled_until, ..self }
    }

    /// Whether the organization may change it, in one of these states.
    fn changeable(&self, at: Time, from: &[Status]) -> Result<(), Error> {
        let status = self.status(at);
        if from.contains(&status) { Ok(()) } else { Err(Error::IllegalState(status)) }
    }
}

impl Recorded for Subscription {
    fn record(&self) -> Vec<Detail> {
        let time = |moment: Option<Time>| moment.map(kernel::rfc3339);
        vec![
            Detail::public("service", self.service.as_str()),
            Detail::public("plan", self.plan.as_str()),
            Detail::public("plan_version", self.plan_version),
            Detail::public("trial_ends_at", time(self.trial_ends_at)),
            Detail::public("suspension", json!(self.suspension)),
            Detail::public("cancelled_at", time(self.cancelled_at)),
            Detail::public("ends_at", time(self.ends_at)),
            Detail::public("next_plan", self.next_plan.as_deref()),
            Detail::public("external_reference", self.external_reference.as_deref()),
        ]
    }
}

#[cfg(test)]
mod tests;
