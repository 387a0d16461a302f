pub mod clock;
pub mod database;
pub mod node;
pub mod receiver;
pub mod rig;
pub mod world;

pub use world::{Reply, World};
