//! Every error the API answers, in one table: its name, status, code and `type`, and what it tells people.

use actix_web::http::StatusCode;

/// One kind of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// What it is called here; no two kinds share it.
    pub constant: &'static str,
    pub status: StatusCode,
    pub code: &'static str,
    pub name: &'static str,
    pub message: &'static str,
}

macro_rules! kinds {
    ($($kind:ident = $status:ident $code:ident $name:ident $message:literal;)*) => {
        impl Kind {
            $(pub const $kind: Self = Self {
                constant: stringify!($kind),
                status: StatusCode::$status,
                code: stringify!($code),
                name: stringify!($name),
                message: $message,
            };)*

            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];
        }
    };
}

kinds! {
    MALFORMED_REQUEST = BAD_REQUEST VALIDATION_ERROR malformed_request "The request could not be read.";
    MALFORMED_JSON = BAD_REQUEST VALIDATION_ERROR malformed_json "The body is not valid JSON.";
    AMBIGUOUS_HEADER = BAD_REQUEST VALIDATION_ERROR ambiguous_header "A header that may be sent once was sent more than once.";
    CREDENTIALS_REFUSED = BAD_REQUEST VALIDATION_ERROR invalid_credentials "Email or password is not right.";
    STATE_INVALID = BAD_REQUEST VALIDATION_ERROR state_invalid "This was not begun in this browser, or too long ago: begin again.";
    TENANT_INVALID = BAD_REQUEST VALIDATION_ERROR tenant_invalid "The X-Tenant header must name one organization, by slug or id.";

    TOKEN_MISSING = UNAUTHORIZED UNAUTHORIZED token_missing "Sign in first: this request needs an access token.";
    TOKEN_INVALID = UNAUTHORIZED UNAUTHORIZED token_invalid "This token is not valid.";
    TOKEN_EXPIRED = UNAUTHORIZED UNAUTHORIZED token_expired "This access token has expired.";
    INVALID_CREDENTIALS = UNAUTHORIZED UNAUTHORIZED invalid_credentials "Email or password is not right.";
    MFA_REQUIRED = UNAUTHORIZED UNAUTHORIZED mfa_required "A second factor is needed too: a code of your authenticator, or a recovery code.";
    MFA_INVALID = UNAUTHORIZED UNAUTHORIZED mfa_invalid "The second factor is not right, or was used already.";
    PROOF_INVALID = UNAUTHORIZED UNAUTHORIZED proof_invalid "This proof of who you are was not accepted.";

    STEP_UP_REQUIRED = FORBIDDEN FORBIDDEN step_up_required "Prove again first who you are: this needs a recent proof, by a second factor where you have one.";
    MFA_ENROLMENT_REQUIRED = FORBIDDEN FORBIDDEN mfa_enrolment_required "This organization wants a second factor: set one up first, and give it.";
    PERSON_REQUIRED = FORBIDDEN FORBIDDEN person_required "Keys and personal tokens can't do this: a person must sign in.";
    CSRF = FORBIDDEN FORBIDDEN csrf "This must come from a page of this installation, or with the X-CSRF-Token of GET /auth/csrf.";
    HTTPS_REQUIRED = FORBIDDEN FORBIDDEN https_required "This installation is asked by HTTPS alone. What was sent has been on its way in the clear: replace secrets that were in it.";
    PERMISSION_DENIED = FORBIDDEN FORBIDDEN permission_denied "You do not have the permission this needs.";
    MEMBER_SUSPENDED = FORBIDDEN FORBIDDEN member_suspended "Your membership in this organization is suspended.";
    EMAIL_NOT_VERIFIED = FORBIDDEN FORBIDDEN email_not_verified "Verify your email address first.";
    REGISTRATION_CLOSED = FORBIDDEN FORBIDDEN registration_closed "Only who is invited can make an account here.";
    ANOTHER_ADDRESS = FORBIDDEN FORBIDDEN another_address "This invitation was sent to another email address.";
    NOT_ENTITLED = FORBIDDEN FORBIDDEN not_entitled "The organization has no subscription that allows this.";

    NOT_FOUND = NOT_FOUND NOT_FOUND not_found "There is no such thing here.";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED METHOD_NOT_ALLOWED method_not_allowed "This method is not allowed here.";

    EMAIL_TAKEN = CONFLICT CONFLICT email_taken "An account with this email address exists already.";
    USERNAME_TAKEN = CONFLICT CONFLICT username_taken "This username is taken.";
    SLUG_TAKEN = CONFLICT CONFLICT slug_taken "This slug is taken.";
    ALREADY_MEMBER = CONFLICT CONFLICT already_member "This person is a member already.";
    ALREADY_INVITED = CONFLICT CONFLICT already_invited "An invitation to this address is waiting already.";
    SERVICE_TAKEN = CONFLICT CONFLICT service_taken "The catalogue has a service with this code.";
    ALREADY_SUBSCRIBED = CONFLICT CONFLICT already_subscribed "The organization has a subscription to this service.";
    ILLEGAL_STATE = CONFLICT CONFLICT illegal_state "This can't be done in the state it is in.";
    MFA_DEMANDED = CONFLICT CONFLICT mfa_demanded "An organization of yours demands a second factor: this is your last one.";
    NOT_LINKED = CONFLICT CONFLICT account_not_linked "An account with this address exists: sign in to it with your password, and link this one in its settings.";
    IDENTITY_TAKEN = CONFLICT CONFLICT identity_taken "It is linked to another account, or yours has another one there.";
    PASSKEY_TAKEN = CONFLICT CONFLICT passkey_taken "This passkey is known already.";
    LAST_WAY_IN = CONFLICT CONFLICT last_way_in "This is the last way into your account: set a password first.";
    TOO_MANY = CONFLICT CONFLICT too_many "There are as many of these as there may be: remove one first.";
    TOO_MANY_SECRETS = CONFLICT CONFLICT too_many_secrets "Four replaced secrets still sign: wait until the first has ended.";
    LAST_OWNER = CONFLICT CONFLICT last_owner "An organization always keeps an owner who may act: make somebody else one first.";
    ROLE_TAKEN = CONFLICT CONFLICT role_taken "The organization has a role with this key.";
    PERMISSION_TAKEN = CONFLICT CONFLICT permission_taken "The organization knows this permission.";
    IN_USE = CONFLICT CONFLICT in_use "This is in use: members, roles or grants name it.";
    SOLE_OWNER = CONFLICT CONFLICT sole_owner "You alone own an organization with other members: hand it over first.";

    TIMED_OUT = REQUEST_TIMEOUT VALIDATION_ERROR request_timeout "The body took too long to arrive.";
    TOO_LARGE = PAYLOAD_TOO_LARGE PAYLOAD_TOO_LARGE payload_too_large "The body is larger than 1 MB.";
    UPLOAD_TOO_LARGE = PAYLOAD_TOO_LARGE PAYLOAD_TOO_LARGE payload_too_large "The upload is larger than 10 MB.";
    UNSUPPORTED_MEDIA_TYPE = UNSUPPORTED_MEDIA_TYPE VALIDATION_ERROR unsupported_media_type "Send the body as application/json, not compressed.";
    NOT_A_PICTURE = UNSUPPORTED_MEDIA_TYPE VALIDATION_ERROR unsupported_media_type "Send a PNG, JPEG or WebP picture as the body itself, not compressed.";

    INVALID = UNPROCESSABLE_ENTITY VALIDATION_ERROR invalid "The given data was invalid";
    TENANT_REQUIRED = UNPROCESSABLE_ENTITY VALIDATION_ERROR tenant_required "Name the organization in the X-Tenant header.";
    MAILED_TOKEN_INVALID = UNPROCESSABLE_ENTITY VALIDATION_ERROR token_invalid "This link is not valid, or was used already.";
    KEY_REUSED = UNPROCESSABLE_ENTITY VALIDATION_ERROR idempotency_key_reused "This idempotency key was used for another request.";

    ACCOUNT_LOCKED = LOCKED ACCOUNT_LOCKED account_locked "This account is locked after too many wrong passwords.";

    TOO_MANY_CODES = TOO_MANY_REQUESTS RATE_LIMITED too_many_codes "Too many wrong codes were given; try again later.";
    TOO_MANY_MAILS = TOO_MANY_REQUESTS RATE_LIMITED too_many_mails "Too many mails were asked for; try again later.";
    TOO_MANY_REQUESTS = TOO_MANY_REQUESTS RATE_LIMITED too_many_requests "Too many requests; try again later.";
    QUOTA_EXCEEDED = TOO_MANY_REQUESTS QUOTA_EXCEEDED quota_exceeded "This would pass the quota.";

    INTERNAL = INTERNAL_SERVER_ERROR INTERNAL internal "Something went wrong on our side.";
    UNAVAILABLE = SERVICE_UNAVAILABLE SERVICE_UNAVAILABLE service_unavailable "Not available for the moment; try again.";
}
