pub mod clock;
pub mod database;
pub mod node;
pub mod process;
pub mod receiver;
pub mod rig;
pub mod world;

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
