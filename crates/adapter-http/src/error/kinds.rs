//! Every error the API answers, in one table: its name, status, code and `type`, and what it tells people.

use actix_web::http::StatusCode;

/// One kind of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub status: StatusCode,
    pub code: &'static str,
    pub name: &'static str,
    pub message: &'static str,
}

macro_rules! kinds {
    ($($kind:ident = $status:ident $code:ident $name:ident $message:literal;)*) => {
        impl Kind {
            $(pub const $kind: Self = Self {
                status: StatusCode::$status,
                code: stringify!($code),
                name: stringify!($name),
                message: $message,
            };)*

            /// All of them.
            #[cfg(test)]
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];
        }
    };
}

kinds! {
    MALFORMED_REQUEST = BAD_REQUEST VALIDATION_ERROR malformed_request "The request could not be read.";
    MALFORMED_JSON = BAD_REQUEST VALIDATION_ERROR malformed_json "The body is not valid JSON.";
    AMBIGUOUS_HEADER = BAD_REQUEST VALIDATION_ERROR ambiguous_header "A header that may be sent once was sent more than once.";
    CREDENTIALS_REFUSED = BAD_REQUEST VALIDATION_ERROR invalid_credentials "Email or password is not right.";
    TENANT_INVALID = BAD_REQUEST VALIDATION_ERROR tenant_invalid "The X-Tenant header must name one organization, by slug or id.";

    TOKEN_MISSING = UNAUTHORIZED UNAUTHORIZED token_missing "Sign in first: this request needs an access token.";
    TOKEN_INVALID = UNAUTHORIZED UNAUTHORIZED token_invalid "This token is not valid.";
    TOKEN_EXPIRED = UNAUTHORIZED UNAUTHORIZED token_expired "This access token has expired.";
    INVALID_CREDENTIALS = UNAUTHORIZED UNAUTHORIZED invalid_credentials "Email or password is not right.";

    STEP_UP_REQUIRED = FORBIDDEN FORBIDDEN step_up_required "Give your password again first: this needs a recent proof of who you are.";
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
    ALREADY_SUBSCRIBED = CONFLICT CONFLICT already_subscribed "The organization has a subscription to this service.";
    ILLEGAL_STATE = CONFLICT CONFLICT illegal_state "This can't be done in the state it is in.";
    SOLE_OWNER = CONFLICT CONFLICT sole_owner "You alone own an organization with other members: hand it over first.";

    TIMED_OUT = REQUEST_TIMEOUT VALIDATION_ERROR request_timeout "The body took too long to arrive.";
    TOO_LARGE = PAYLOAD_TOO_LARGE PAYLOAD_TOO_LARGE payload_too_large "The body is larger than 1 MB.";
    UNSUPPORTED_MEDIA_TYPE = UNSUPPORTED_MEDIA_TYPE VALIDATION_ERROR unsupported_media_type "Send the body as application/json, not compressed.";

    INVALID = UNPROCESSABLE_ENTITY VALIDATION_ERROR invalid "The given data was invalid";
    TENANT_REQUIRED = UNPROCESSABLE_ENTITY VALIDATION_ERROR tenant_required "Name the organization in the X-Tenant header.";
    MAILED_TOKEN_INVALID = UNPROCESSABLE_ENTITY VALIDATION_ERROR token_invalid "This link is not valid, or was used already.";
    KEY_REUSED = UNPROCESSABLE_ENTITY VALIDATION_ERROR idempotency_key_reused "This idempotency key was used for another request.";

    ACCOUNT_LOCKED = LOCKED ACCOUNT_LOCKED account_locked "This account is locked after too many wrong passwords.";

    TOO_MANY_MAILS = TOO_MANY_REQUESTS RATE_LIMITED too_many_mails "Too many mails were asked for; try again later.";
    QUOTA_EXCEEDED = TOO_MANY_REQUESTS QUOTA_EXCEEDED quota_exceeded "This would pass the quota.";

    INTERNAL = INTERNAL_SERVER_ERROR INTERNAL internal "Something went wrong on our side.";
    UNAVAILABLE = SERVICE_UNAVAILABLE SERVICE_UNAVAILABLE service_unavailable "Not available for the moment; try again.";
}
