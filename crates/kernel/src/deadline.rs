use std::future::Future;

use tokio::time::Instant;

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Does the work for somebody who waits until then and no longer: what has not been committed by then must not be
/// committed, for they have been told that it was not done. Without it nobody waits.
pub async fn before<F: Future>(deadline: Instant, work: F) -> F::Output {
    DEADLINE.scope(deadline, work).await
}

/// Until when somebody waits for what the current task does.
#[must_use]
pub fn deadline() -> Option<Instant> {
    DEADLINE.try_with(|it| *it).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_holds_for_the_work_and_not_after_it() {
        let then = Instant::now();
        assert_eq!(before(then, async { deadline() }).await, Some(then));
        assert_eq!(deadline(), None);
    }
}
