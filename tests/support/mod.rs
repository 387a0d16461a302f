pub mod authenticator;
pub mod browser;
pub mod clock;
pub mod database;
pub mod documented;
pub mod mailbox;
pub mod node;
pub mod openid_provider;
pub mod pictures;
pub mod process;
pub mod receiver;
pub mod redis;
pub mod rig;
pub mod s3;
pub mod standard_webhooks;
pub mod world;

use std::sync::Arc;

use tokio::sync::Barrier;

pub use world::{Reply, World};

/// Waits until it holds: for long, since a slow machine is no failure, and not for ever.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{what}: not after half a minute");
}

/// So many tasks at once; their answers.
pub async fn race<T, F>(tasks: usize, what: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(tasks));
    let running: Vec<_> = (0..tasks)
        .map(|i| {
            let work = what(i);
            let barrier = Arc::clone(&barrier);
            tokio::spawn(async move {
                barrier.wait().await;
                work.await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for one in running {
        answers.push(one.await.expect("a task of a race ends"));
    }
    answers
}
