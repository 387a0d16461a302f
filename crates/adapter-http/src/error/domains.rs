//! What each domain says no with, as status, code and type.

use kernel::Fault;

use super::{ApiError, Kind};

/// After what time mails are sent again at the latest, in seconds.
const MAILS_AGAIN: i64 = 3_600;
/// After what time codes are looked at again at the latest, in seconds.
const CODES_AGAIN: i64 = 3_600;

impl From<identity::Error> for ApiError {
    fn from(error: identity::Error) -> Self {
        use identity::Error as E;
        match error {
            E::Invalid(problems) => problems.into(),
            E::NotAPicture => Kind::NOT_A_PICTURE.into(),
            E::EmailTaken => Kind::EMAIL_TAKEN.into(),
            E::UsernameTaken => Kind::USERNAME_TAKEN.into(),
            E::InvalidCredentials => Kind::INVALID_CREDENTIALS.into(),
            E::AccountLocked => Kind::ACCOUNT_LOCKED.into(),
            E::MfaRequired => Kind::MFA_REQUIRED.into(),
            // That it was right once is nobody's business.
            E::MfaInvalid | E::MfaUsed => Kind::MFA_INVALID.into(),
            E::TooManyCodes => Self::from(Kind::TOO_MANY_CODES).retry_after(CODES_AGAIN),
            E::MfaDemanded => Kind::MFA_DEMANDED.into(),
            E::EmailNotVerified => Kind::EMAIL_NOT_VERIFIED.into(),
            E::ProofInvalid => Kind::PROOF_INVALID.into(),
            E::StateInvalid => Kind::STATE_INVALID.into(),
            E::NotLinked => Kind::NOT_LINKED.into(),
            E::IdentityTaken => Kind::IDENTITY_TAKEN.into(),
            E::PasskeyTaken => Kind::PASSKEY_TAKEN.into(),
            E::LastWayIn => Kind::LAST_WAY_IN.into(),
            E::TooMany => Kind::TOO_MANY.into(),
            E::RegistrationClosed => Kind::REGISTRATION_CLOSED.into(),
            E::TooManyMails => Self::from(Kind::TOO_MANY_MAILS).retry_after(MAILS_AGAIN),
            E::TokenInvalid => Kind::TOKEN_INVALID.into(),
            E::SessionNotFound
            | E::UserNotFound
            | E::OrganizationNotFound
            | E::NotOffered
            | E::PasskeyNotFound
            | E::IdentityNotFound
            | E::KeyNotFound => Kind::NOT_FOUND.into(),
            E::IllegalState => Kind::ILLEGAL_STATE.into(),
            E::MemberSuspended => Self::member_suspended(),
            // Only making keys says so, and that is no request.
            error @ (E::SigningKeyTaken | E::SigningKeySealed) => Fault::Failed(error.into()).into(),
            E::Fault(fault) => fault.into(),
        }
    }
}

impl ApiError {
    /// As answered to who follows a mailed link: its token is something given, not the caller's credential.
    pub fn of_link(error: identity::Error) -> Self {
        match error {
            identity::Error::TokenInvalid => Kind::MAILED_TOKEN_INVALID.into(),
            other => other.into(),
        }
    }
}

impl From<tenancy::Error> for ApiError {
    fn from(error: tenancy::Error) -> Self {
        use tenancy::Error as E;
        match error {
            E::Invalid(problems) => problems.into(),
            E::NotAPicture => Kind::NOT_A_PICTURE.into(),
            E::SlugTaken => Kind::SLUG_TAKEN.into(),
            E::AlreadyMember => Kind::ALREADY_MEMBER.into(),
            E::AlreadyInvited => Kind::ALREADY_INVITED.into(),
            E::InvitationInvalid => Kind::MAILED_TOKEN_INVALID.into(),
            E::AnotherAddress => Kind::ANOTHER_ADDRESS.into(),
            E::SoleOwner => Kind::SOLE_OWNER.into(),
            E::LastOwner => Kind::LAST_OWNER.into(),
            E::IllegalState => Kind::ILLEGAL_STATE.into(),
            E::Beyond(lacking) => Self::permission_denied(lacking),
            E::NotFound => Kind::NOT_FOUND.into(),
            E::Fault(fault) => fault.into(),
        }
    }
}

impl From<accounts::Error> for ApiError {
    fn from(error: accounts::Error) -> Self {
        use accounts::Error as E;
        match error {
            E::Identity(error) => error.into(),
            E::Tenancy(error) => error.into(),
            E::Rbac(error) => error.into(),
            E::Entitlements(error) => error.into(),
            E::TokenInvalid => Kind::TOKEN_INVALID.into(),
            E::TokenExpired => Kind::TOKEN_EXPIRED.into(),
            E::TenantRequired => Kind::TENANT_REQUIRED.into(),
            E::NotFound => Kind::NOT_FOUND.into(),
            E::MemberSuspended => Self::member_suspended(),
            E::PermissionDenied(permission) => Self::permission_denied(permission),
            E::StepUpRequired => Kind::STEP_UP_REQUIRED.into(),
            E::EmailNotVerified => Kind::EMAIL_NOT_VERIFIED.into(),
            E::PersonRequired => Kind::PERSON_REQUIRED.into(),
            E::MfaEnrolmentRequired => Kind::MFA_ENROLMENT_REQUIRED.into(),
            E::Fault(fault) => fault.into(),
        }
    }
}

impl From<rbac::Error> for ApiError {
    fn from(error: rbac::Error) -> Self {
        use rbac::Error as E;
        match error {
            E::Invalid(problems) => problems.into(),
            E::NotFound => Kind::NOT_FOUND.into(),
            E::Beyond(lacking) => Self::permission_denied(lacking),
            E::RoleTaken => Kind::ROLE_TAKEN.into(),
            E::PermissionTaken => Kind::PERMISSION_TAKEN.into(),
            E::InUse => Kind::IN_USE.into(),
            E::IllegalState => Kind::ILLEGAL_STATE.into(),
            E::TooMany => Kind::TOO_MANY.into(),
            E::Fault(fault) => fault.into(),
        }
    }
}

impl From<entitlements::Error> for ApiError {
    fn from(error: entitlements::Error) -> Self {
        use entitlements::Error as E;
        match error {
            E::Invalid(problems) => problems.into(),
            E::ServiceNotFound | E::NotFound => Kind::NOT_FOUND.into(),
            E::AlreadySubscribed => Kind::ALREADY_SUBSCRIBED.into(),
            E::NotEntitled => Kind::NOT_ENTITLED.into(),
            E::TooMany => Kind::TOO_MANY.into(),
            E::KeyReused => Kind::KEY_REUSED.into(),
            E::ServiceTaken => Kind::SERVICE_TAKEN.into(),
            E::IllegalState(status) => Self::illegal_in(status.as_str()),
            E::ReservationClosed(status) => Self::illegal_in(status.as_str()),
            E::Fault(fault) => fault.into(),
        }
    }
}

impl From<webhooks::Error> for ApiError {
    fn from(error: webhooks::Error) -> Self {
        use webhooks::Error as E;
        match error {
            E::Invalid(problems) => problems.into(),
            E::NotFound => Kind::NOT_FOUND.into(),
            E::Disabled => Kind::ILLEGAL_STATE.into(),
            E::TooMany => Kind::TOO_MANY.into(),
            E::TooManySecrets => Kind::TOO_MANY_SECRETS.into(),
            E::Fault(fault) => fault.into(),
        }
    }
}
