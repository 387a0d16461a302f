//! How a meter counts: a pure model of one meter, which whoever stores it holds alone while it decides.

mod balance;
mod facts;
mod meter;
mod order;
mod window;
mod witness;
mod written;

pub use balance::Balance;
pub use facts::{GrantState, MeterFacts, MeterRow, MeterState, Remembered, ServiceFacts};
pub use meter::Meter;
pub(crate) use order::ledger_key;
pub use order::{Answer, Deed, MeterKey, Order};
pub use written::{Counted, Hour, Written};
