use std::sync::Arc;

use kernel::{Clock, Fault, MailQueue, Mailer, mail_retry_after};
use tracing::warn;

/// Sends one of those that wait: the claim must outlast a slow mail server. A mail that can't be sent now waits longer each
/// time and is never lost.
pub async fn mail(queue: Arc<dyn MailQueue>, mailer: Arc<dyn Mailer>, clock: Arc<dyn Clock>) -> Result<bool, Fault> {
    let Some(mail) = queue.claim(clock.now(), 1).await?.pop() else { return Ok(false) };
    match mailer.send(&mail).await {
        Ok(()) => queue.sent(mail.id, clock.now()).await?,
        Err(fault) => {
            warn!(mail = %mail.id, error = %crate::command::chain(&fault), "a mail waits");
            queue.put_off(mail.id, clock.now() + mail_retry_after(mail.attempts)).await?;
        }
    }
    Ok(true)
}
