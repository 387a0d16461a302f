use std::sync::Arc;

use chrono::TimeDelta;
use kernel::{Act, Clock, Fault, Ids, Secret, Time};

use crate::model::Try;
use crate::ports::{Answer, Deliveries, Due, SendError, Sender, Then, Wanted};
use crate::schedule::is_given_up;
use crate::{DisableEndpoint, Error, Reason, retry_at, sign};

/// Tries deliveries.
#[derive(Clone)]
pub struct Deliver {
    /// What waits.
    pub deliveries: Arc<dyn Deliveries>,
    /// The way out.
    pub sender: Arc<dyn Sender>,
    /// What becomes of endpoints that take nothing.
    pub disable: DisableEndpoint,
    /// What time it is: each try is signed with its own.
    pub clock: Arc<dyn Clock>,
    /// Where jitter comes from.
    pub ids: Arc<dyn Ids>,
}

impl Deliver {
    /// How long a claimed delivery is this node's; longer than the slowest try.
    const LEASE: TimeDelta = TimeDelta::seconds(60);
    /// How much of an answer is kept, in bytes.
    const KEPT: usize = 1_024;
    const GONE: u16 = 410;

    /// Takes due deliveries.
    pub async fn claim(&self, wanted: &Wanted) -> Result<Vec<Due>, Fault> {
        let now = self.clock.now();
        self.deliveries.claim(now, now + Self::LEASE, wanted).await
    }

    /// Signs, sends and settles one: 2xx is delivered, everything else is tried again while the schedule lasts. An endpoint
    /// that is gone, which ends it, or took nothing for days, is sent nothing any more. One that was changed meanwhile is
    /// another, and may be there. Answers how long it took, where it was taken.
    pub async fn attempt(&self, due: Due) -> Result<Option<TimeDelta>, Fault> {
        let at = self.clock.now();
        let body = due.message.body();
        let headers = headers(&due, at, &body)?;
        let answer = self.sender.post(&due.url, &headers, body).await;
        let now = self.clock.now();
        let says_gone = answer.as_ref().is_ok_and(|it| it.status == Self::GONE);
        let is_gone = says_gone && self.disable(&due, now, Reason::Gone).await?;
        let then = if is_gone { Then::GivenUp } else { self.then(&due, now, answer.as_ref()) };
        let since = self.deliveries.settle(&due, tried(&due, at, now, &answer), then).await?;
        if !is_gone && since.is_some_and(|it| is_given_up(it, now)) {
            self.disable(&due, now, Reason::Failing).await?;
        }
        Ok((then == Then::Delivered).then_some(now - at))
    }

    fn then(&self, due: &Due, now: Time, answer: Result<&Answer, &SendError>) -> Then {
        match answer {
            Ok(Answer { status: 200..=299, .. }) => Then::Delivered,
            answer => {
                let asked = answer.ok().and_then(|it| it.retry_after.as_deref());
                retry_at(due.tries + 1, now, self.ids.bytes()[0], asked).map_or(Then::GivenUp, Then::Again)
            }
        }
    }

    async fn disable(&self, due: &Due, now: Time, reason: Reason) -> Result<bool, Fault> {
        let organization = due.message.organization;
        let act = Act::of_system(now, Arc::clone(&self.ids)).within(organization);
        match self.disable.run(&act, organization, due.webhook, due.version, reason).await {
            Err(Error::Fault(fault)) => Err(fault),
            Err(error) => Err(Fault::Failed(error.into())),
            Ok(is_so) => Ok(is_so),
        }
    }
}

fn headers(due: &Due, at: Time, body: &str) -> Result<Vec<(String, Secret)>, Fault> {
    let ours = [
        ("content-type", "application/json".to_owned()),
        ("webhook-id", due.message.event.to_string()),
        ("webhook-timestamp", at.timestamp().to_string()),
        ("webhook-signature", sign(&due.secrets, due.message.event, at, body)?),
    ];
    let theirs = due.headers.iter().map(|(name, value)| (name.to_owned(), value.clone()));
    Ok(ours.map(|(name, value)| (name.to_owned(), value.into())).into_iter().chain(theirs).collect())
}

fn tried(due: &Due, at: Time, now: Time, answer: &Result<Answer, SendError>) -> Try {
    let (status, error, response) = match answer {
        Ok(it @ Answer { status: status @ 200..=299, .. }) => (Some(*status), None, Some(kept(&it.body))),
        Ok(it) => (Some(it.status), Some(format!("answered {}", it.status)), Some(kept(&it.body))),
        Err(error) => (None, Some(error.to_string()), None),
    };
    let took_ms = u32::try_from((now - at).num_milliseconds()).unwrap_or(0);
    Try { at, took_ms, url: due.url.as_str().to_owned(), status, error, response }
}

/// How an answer began, as text.
fn kept(body: &[u8]) -> String {
    let beginning = &body[..body.len().min(Deliver::KEPT)];
    // The database holds no NUL.
    String::from_utf8_lossy(beginning).replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests;
