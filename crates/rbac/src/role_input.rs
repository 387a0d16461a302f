//! What is said of a role, checked.

use kernel::{Problems, RoleKey, display_name};

use crate::Snapshot;
use crate::model::Pattern;

/// How many permissions a role holds itself at most.
const MOST_PERMISSIONS: usize = 100;
/// How many roles it inherits itself at most.
const MOST_INHERITED: usize = 20;

pub(crate) fn name(problems: &mut Problems, text: &str) -> Option<String> {
    let sentence = "The name field must be 1 to 100 characters, without control characters.";
    problems.check("name", display_name(text).map(str::to_owned), sentence)
}

/// Each once, in the order they were named.
pub(crate) fn permissions(problems: &mut Problems, texts: &[String], snapshot: &Snapshot) -> Vec<Pattern> {
    if texts.len() > MOST_PERMISSIONS {
        problems.add("permissions", format!("The permissions field must hold {MOST_PERMISSIONS} at most."));
        return Vec::new();
    }
    let mut permissions = Vec::new();
    for (i, text) in texts.iter().enumerate() {
        let pattern = Pattern::parse(text).filter(|it| snapshot.unknown(std::slice::from_ref(it)).next().is_none());
        let sentence = "There is no such permission; a wildcard must hold one at least.";
        let Some(pattern) = problems.check(format!("permissions.{i}"), pattern, sentence) else { continue };
        if !permissions.contains(&pattern) {
            permissions.push(pattern);
        }
    }
    permissions
}

/// Each once, by key.
pub(crate) fn inherits(problems: &mut Problems, names: &[String], snapshot: &Snapshot) -> Vec<RoleKey> {
    if names.len() > MOST_INHERITED {
        problems.add("inherits", format!("The inherits field must hold {MOST_INHERITED} at most."));
        return Vec::new();
    }
    let mut inherits = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let role = snapshot.role_named(name).cloned();
        let Some(role) = problems.check(format!("inherits.{i}"), role, "There is no such role.") else { continue };
        if !inherits.contains(&role) {
            inherits.push(role);
        }
    }
    inherits
}
