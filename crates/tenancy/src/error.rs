use kernel::{Fault, Problems, Taken};

/// Why this domain says no.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input breaks rules.
    #[error("the given data was invalid")]
    Invalid(Problems),
    /// What was sent is no picture.
    #[error("not a picture")]
    NotAPicture,
    /// Another organization has this slug.
    #[error("this slug is taken")]
    SlugTaken,
    /// The person is a member already.
    #[error("already a member")]
    AlreadyMember,
    /// An invitation to this address is waiting.
    #[error("already invited")]
    AlreadyInvited,
    /// The invitation is unknown, used, taken back or too old, or its inviter may no longer give the role.
    #[error("this invitation is not valid")]
    InvitationInvalid,
    /// The invitation is for another address.
    #[error("this invitation is for another address")]
    AnotherAddress,
    /// Others would be left without an owner.
    #[error("the only owner of an organization with other members")]
    SoleOwner,
    /// The last owner who may act can neither go, nor be demoted or suspended.
    #[error("the last owner of the organization")]
    LastOwner,
    /// The role, or the member, holds this, and who acts does not.
    #[error("this is beyond what you hold")]
    Beyond(String),
    /// It can't be done in the state it is in.
    #[error("illegal state")]
    IllegalState,
    /// No such organization, or none of the caller's.
    #[error("no such organization")]
    NotFound,
    /// Nobody's fault but ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Taken> for Error {
    fn from(taken: Taken) -> Self {
        match taken.0 {
            "slug" => Self::SlugTaken,
            "member" => Self::AlreadyMember,
            "invitation" => Self::AlreadyInvited,
            other => Self::Fault(Fault::defect(format!("{other} is taken"))),
        }
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Invalid(problems)
    }
}
