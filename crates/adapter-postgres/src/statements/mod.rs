//! Hot rows: each changed by a conditional statement of its own, with its evidence, where it leaves any, in the same
//! transaction.

mod attempts;
mod mail_allowances;
mod mailed_tokens;
mod meters;
mod refresh_tokens;
mod sightings;

pub(crate) use meters::Lanes;
