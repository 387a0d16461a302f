use std::time::Duration;

use async_trait::async_trait;

use crate::{Act, EmailAddress, Fault, MailId, Secret, Time};

/// A mail to send: a template's name and what goes into it. It may hold secrets, so it is sealed until sent, then wiped,
/// and enters neither audit nor events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Its id, and the sent message's `Message-ID`.
    pub id: MailId,
    /// The one recipient.
    pub to: EmailAddress,
    /// Which template; every domain lists its own in `MAILS`.
    pub template: &'static str,
    /// What goes into it.
    pub values: Vec<(&'static str, Secret)>,
}

impl Mail {
    /// A mail of this act.
    #[must_use]
    pub fn new(act: &Act, to: &EmailAddress, template: &'static str) -> Self {
        Self { id: act.mail_id(), to: to.clone(), template, values: Vec::new() }
    }

    /// Fills one place of the template.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<Secret>) -> Self {
        self.values.push((key, value.into()));
        self
    }
}

/// A mail taken from the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedMail {
    /// Its id.
    pub id: MailId,
    /// The one recipient.
    pub to: EmailAddress,
    /// Which template.
    pub template: String,
    /// What goes into it.
    pub values: Vec<(String, Secret)>,
    /// How often it was tried before.
    pub attempts: u32,
}

/// The mails that wait.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait MailQueue: Send + Sync {
    /// MAIL-1 MUST hand a mail to one claimer at a time, for a minute, on any number of nodes; an unsettled one comes
    /// again after that.
    async fn claim(&self, at: Time, most: u8) -> Result<Vec<QueuedMail>, Fault>;

    /// MAIL-2 MUST wipe what was in it.
    async fn sent(&self, id: MailId, at: Time) -> Result<(), Fault>;

    /// MAIL-3 MUST keep it until it is sent.
    async fn put_off(&self, id: MailId, until: Time) -> Result<(), Fault>;
}

/// The way out.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Mailer: Send + Sync {
    /// MAILER-1 MUST answer `Ok` only when the message was handed over for good.
    async fn send(&self, mail: &QueuedMail) -> Result<(), Fault>;
}

/// How long to wait after the `attempts`-th failure: from five seconds, doubling, to an hour.
#[must_use]
pub fn mail_retry_after(attempts: u32) -> Duration {
    Duration::from_secs((5u64 << attempts.min(10)).min(3_600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_thin_out_to_an_hour() {
        assert_eq!(mail_retry_after(0), Duration::from_secs(5));
        assert_eq!(mail_retry_after(3), Duration::from_secs(40));
        assert_eq!(mail_retry_after(99), Duration::from_hours(1));
    }
}
