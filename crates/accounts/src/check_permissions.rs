use kernel::{Permission, UserId};
use rbac::{Because, Snapshot, Verdict, system};

use crate::Error;

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What was asked for.
    pub permission: Permission,
    /// The answer.
    pub verdict: Verdict,
    /// What decided, where it was asked to be explained.
    pub because: Option<Vec<Because>>,
}

/// Whether `about` may, asked by `asker`: about oneself freely, about another member with `team.view`; others are not
/// found.
pub fn check_permissions(
    snapshot: &Snapshot,
    asker: UserId,
    about: UserId,
    permissions: Vec<Permission>,
    explain: bool,
) -> Result<Vec<Checked>, Error> {
    if about != asker {
        if !snapshot.check(asker, &system::TEAM_VIEW).allowed {
            return Err(Error::PermissionDenied(system::TEAM_VIEW));
        }
        snapshot.member(about).ok_or(Error::NotFound)?;
    }
    let check = |permission: Permission| Checked {
        verdict: snapshot.check(about, &permission),
        because: explain.then(|| snapshot.explain(about, &permission)),
        permission,
    };
    Ok(permissions.into_iter().map(check).collect())
}
