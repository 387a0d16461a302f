use std::sync::Arc;

use kernel::{Clock, Fault, MailQueue, Mailer, QueuedMail, mail_retry_after};
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span, warn};

/// Sends one of those that wait: the claim must outlast a slow mail server. A mail that can't be sent now waits longer each
/// time and is never lost.
pub async fn mail(queue: Arc<dyn MailQueue>, mailer: Arc<dyn Mailer>, clock: Arc<dyn Clock>) -> Result<bool, Fault> {
    let Some(mail) = queue.claim(clock.now(), 1).await?.pop() else { return Ok(false) };
    let span = info_span!(
        target: "client", "mail", otel.name = "send mail", otel.kind = "client", mail.template = mail.template,
        otel.status_code = Empty
    );
    send(&mail, queue.as_ref(), mailer.as_ref(), clock.as_ref()).instrument(span).await?;
    Ok(true)
}

async fn send(mail: &QueuedMail, queue: &dyn MailQueue, mailer: &dyn Mailer, clock: &dyn Clock) -> Result<(), Fault> {
    match mailer.send(mail).await {
        Ok(()) => queue.sent(mail.id, clock.now()).await,
        Err(fault) => {
            Span::current().record("otel.status_code", "ERROR");
            warn!(mail = %mail.id, error = %crate::command::chain(&fault), "a mail waits");
            queue.put_off(mail.id, clock.now() + mail_retry_after(mail.attempts)).await
        }
    }
}
