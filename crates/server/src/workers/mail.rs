use std::sync::Arc;

use kernel::{Clock, Fault, MailQueue, Mailer, mail_retry_after};
use tracing::warn;

/// Sends what waits; a mail that can't be sent now waits longer each time and is never lost.
pub async fn mail(queue: Arc<dyn MailQueue>, mailer: Arc<dyn Mailer>, clock: Arc<dyn Clock>) -> Result<bool, Fault> {
    let mails = queue.claim(clock.now(), 20).await?;
    let found = !mails.is_empty();
    for mail in mails {
        match mailer.send(&mail).await {
            Ok(()) => queue.sent(mail.id, clock.now()).await?,
            Err(fault) => {
                warn!(mail = %mail.id, error = %crate::command::chain(&fault), "a mail waits");
                queue.put_off(mail.id, clock.now() + mail_retry_after(mail.attempts)).await?;
            }
        }
    }
    Ok(found)
}
