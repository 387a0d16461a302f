//! Every storage port on PostgreSQL, and a private PostgreSQL for who has none.
//!
//! [`Database`] answers what is only read, [`PgStore`] writes: each unit in one transaction with its evidence. Rules live
//! in the domains; what stands here is only atomic.

mod apply;
mod fault;
mod keyset;
mod listener;
mod locks;
mod migrate;
mod months;
mod pool;
mod prepared;
mod private;
mod queues;
mod reads;
mod record;
mod refusal;
mod reseal;
mod retention;
mod rows;
mod schema;
mod scope;
mod signals;
mod statements;
mod store;
mod taken;
mod transaction;
mod turns;

pub use listener::Listener;
pub use migrate::{migrate, migrate_by};
pub use pool::{Connections, Database};
pub use private::{PrivateError, PrivatePostgres};
pub use queues::Sequencer;
pub use reads::Backlog;
pub use store::PgStore;
