use identity::ports::Refused;
use webauthn_rs::prelude::WebauthnError;

pub(super) const MALFORMED: Refused = Refused("malformed");

/// The library's reason in a word.
pub(super) fn refusal(error: &WebauthnError) -> Refused {
    use WebauthnError as E;
    match error {
        E::MismatchedChallenge => Refused("challenge"),
        E::InvalidClientDataType => Refused("ceremony"),
        E::InvalidRPOrigin | E::CredentialCrossOrigin => Refused("origin"),
        E::InvalidRPIDHash => Refused("relying_party"),
        E::UserNotPresent => Refused("user_presence"),
        E::UserNotVerified => Refused("user_verification"),
        E::AuthenticationFailure | E::SignatureInvalid => Refused("signature"),
        E::CredentialPossibleCompromise => Refused("counter"),
        E::CredentialNotFound => Refused("another_passkey"),
        E::CredentialBackupEligibilityInconsistent | E::CredentialMayNotBeHardwareBound => Refused("backup"),
        // An algorithm that was not asked for, or a credential that was excluded.
        E::CredentialAlteredAlgFromRequest | E::CredentialExcludedFromRequest => Refused("not_as_asked"),
        _ => MALFORMED,
    }
}
