use std::sync::Arc;

use identity::{AnswerMailRequests, Error};
use kernel::{Act, Clock, Fault, Ids};

/// Looks at the wishes for mails.
pub async fn mail_requests(
    requests: Arc<AnswerMailRequests>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
) -> Result<bool, Fault> {
    let act = || Act::of_system(clock.now(), Arc::clone(&ids));
    requests.run(act).await.map_err(|error| match error {
        Error::Fault(fault) => fault,
        other => Fault::Failed(other.into()),
    })
}
