use kernel::{Fault, Problems, Taken};

use crate::model::Pattern;

/// Why this domain says no.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input breaks rules.
    #[error("the given data was invalid")]
    Invalid(Problems),
    /// No such organization, role, member, grant or permission.
    #[error("not found")]
    NotFound,
    /// Nobody gives what they do not hold, nor acts on somebody above them; this is what they lack.
    #[error("this is beyond what you hold")]
    Beyond(Pattern),
    /// The organization has a role of this key.
    #[error("this role exists")]
    RoleTaken,
    /// The organization knows this permission.
    #[error("this permission exists")]
    PermissionTaken,
    /// Members have the role, or other roles inherit it; or a role holds the permission, or a member was given it.
    #[error("this is in use")]
    InUse,
    /// The system's roles can't be changed, and owners hold everything.
    #[error("this can't be changed")]
    IllegalState,
    /// There are as many as there may be.
    #[error("too many")]
    TooMany,
    /// Nobody's fault but ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Taken> for Error {
    fn from(taken: Taken) -> Self {
        match taken.0 {
            "role" => Self::RoleTaken,
            "permission" => Self::PermissionTaken,
            // Somebody else was faster; what they said is another's word now.
            "grant" => Self::Fault(Fault::Contended),
            other => Self::Fault(Fault::defect(format!("{other} is taken"))),
        }
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Invalid(problems)
    }
}
