//! Hot rows: each changed by a conditional statement of its own, with its evidence in the same transaction.

mod mailed_tokens;
mod meters;
mod refresh_tokens;
