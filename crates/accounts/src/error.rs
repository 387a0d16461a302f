use kernel::{Fault, Permission, Problems, Taken};

/// Why a door stays shut, or a use case across domains says no.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The identity domain says so.
    #[error(transparent)]
    Identity(identity::Error),
    /// The tenancy domain says so.
    #[error(transparent)]
    Tenancy(tenancy::Error),
    /// The rbac domain says so.
    #[error(transparent)]
    Rbac(rbac::Error),
    /// The entitlements domain says so.
    #[error(transparent)]
    Entitlements(entitlements::Error),
    /// The access token is not one of ours, or its session has ended.
    #[error("this token is not valid")]
    TokenInvalid,
    /// The access token is too old.
    #[error("this token has expired")]
    TokenExpired,
    /// Neither the request nor the token names an organization.
    #[error("an organization is required")]
    TenantRequired,
    /// Unknown, deleted, or not the caller's: one answer for all.
    #[error("not found")]
    NotFound,
    /// The caller's membership is suspended.
    #[error("the membership is suspended")]
    MemberSuspended,
    /// The caller lacks this.
    #[error("permission denied")]
    PermissionDenied(Permission),
    /// A factor must be given anew first.
    #[error("step-up required")]
    StepUpRequired,
    /// Keys and tokens can't do this: a person who signed in must.
    #[error("a person is required")]
    PersonRequired,
    /// The organization demands more than one factor, and the caller has none to give.
    #[error("the organization demands a second factor")]
    MfaEnrolmentRequired,
    /// The address must be proved first.
    #[error("the email address is not verified")]
    EmailNotVerified,
    /// Nobody's fault but ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Taken> for Error {
    fn from(taken: Taken) -> Self {
        match taken.0 {
            "slug" | "member" | "invitation" => Self::Tenancy(taken.into()),
            "role" | "permission" | "grant" => Self::Rbac(taken.into()),
            _ => Self::Identity(taken.into()),
        }
    }
}

impl From<identity::Error> for Error {
    fn from(error: identity::Error) -> Self {
        Self::Identity(error)
    }
}

impl From<tenancy::Error> for Error {
    fn from(error: tenancy::Error) -> Self {
        Self::Tenancy(error)
    }
}

impl From<rbac::Error> for Error {
    fn from(error: rbac::Error) -> Self {
        Self::Rbac(error)
    }
}

impl From<entitlements::Error> for Error {
    fn from(error: entitlements::Error) -> Self {
        Self::Entitlements(error)
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Identity(problems.into())
    }
}
