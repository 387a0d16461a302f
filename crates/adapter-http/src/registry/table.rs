use super::{Routes, verbs};
use crate::extract::Credential;

/// One endpoint, as the permission matrix lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRow {
    /// `POST`
    pub method: &'static str,
    /// Where it is mounted first: `/api/v1/team/invite`.
    pub path: String,
    /// What it takes.
    pub credential: Credential,
    /// The permission it needs.
    pub permission: Option<String>,
    /// Whether a factor must have been given a moment ago.
    pub step_up: bool,
}

impl Routes {
    /// Every endpoint with what it needs.
    pub fn table(&self) -> Vec<RouteRow> {
        let row = |entry: &super::Entry| RouteRow {
            method: verbs(&entry.method).first().copied().unwrap_or_default(),
            path: entry.whole_path(),
            credential: entry.needs.credential,
            permission: entry.needs.permission.as_ref().map(ToString::to_string),
            step_up: entry.needs.step_up,
        };
        self.entries.iter().map(row).collect()
    }
}
