use kernel::Time;
use serde::{Deserialize, Serialize};

/// How a meter stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Used in this period.
    pub used: i64,
    /// What can still be used: of the quota, of what was carried over and of grants, less what is reserved. Never below zero.
    pub remaining: i64,
    /// The quota with what was carried over and granted.
    pub limit: i64,
    /// When the quota begins anew; absent where it never does.
    pub resets_at: Option<Time>,
}
