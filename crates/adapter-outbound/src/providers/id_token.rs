use std::time::Duration;

use identity::ProviderAccount;
use identity::ports::{AuthorizationResponse, Refused};
use kernel::EmailAddress;
use openidconnect::core::{CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm as Algorithm};
use openidconnect::{
    AdditionalClaims, ClaimsVerificationError, IdToken as AnyIdToken, IdTokenVerifier, Nonce,
    SignatureVerificationError,
};
use serde::{Deserialize, Serialize};

use super::issuer::signs_for;
use super::publication::Published;
use super::relying_party::RelyingParty;

/// Claims beyond OpenID Connect's.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Besides {
    /// Microsoft's tenant.
    tid: Option<String>,
    nbf: Option<i64>,
}

impl AdditionalClaims for Besides {}

pub(super) type IdToken = AnyIdToken<Besides, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, Algorithm>;

/// No key that is published fits; another may be by now.
pub(super) const SIGNATURE: Refused = Refused("signature");

const ASYMMETRIC: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

/// Since when a token is still new: it is redeemed as soon as it is made.
const OLDEST: Duration = Duration::from_mins(10);
/// How far the provider's clock may be ahead of ours.
const SKEW: Duration = Duration::from_mins(1);
/// OpenID Connect Core 1.0, section 2.
const LONGEST_SUBJECT: usize = 255;

/// What a token says, where it is to be believed (OpenID Connect Core 1.0, section 3.1.3.7).
pub(super) fn believe(
    token: &IdToken,
    published: &Published,
    party: &RelyingParty,
    response: &AuthorizationResponse,
) -> Result<ProviderAccount, Refused> {
    let at = response.at;
    let is_new = |iat| if (at - OLDEST..=at + SKEW).contains(&iat) { Ok(()) } else { Err(String::new()) };
    let (client_id, issuer, keys) = (party.client_id.clone(), party.issuer.clone(), published.keys.clone());
    // Without the client secret no symmetric signature can be right; and no audience is taken beside ours.
    let verifier = IdTokenVerifier::new_public_client(client_id, issuer, keys)
        .set_allowed_algs(ASYMMETRIC)
        // `Issuer::check` compares it, and knows of tenants.
        .require_issuer_match(false)
        .set_time_fn(|| at)
        .set_issue_time_verifier_fn(is_new);
    let nonce = Nonce::new(response.nonce.expose().to_owned());
    let claims = token.claims(&verifier, &nonce).map_err(|it| refused(&it))?;
    let key = token.signing_key(&verifier).map_err(|_| SIGNATURE)?;

    let (iss, Besides { tid, nbf }) = (claims.issuer().as_str(), claims.additional_claims());
    published.issuer.check(iss, tid.as_deref())?;
    if !signs_for(published.key_issuer(key), iss, tid.as_deref()) {
        return Err(Refused("key"));
    }
    if response.issuer.as_deref().is_some_and(|it| it != iss) {
        return Err(Refused("issuer"));
    }
    if claims.authorized_party().is_some_and(|it| *it != party.client_id) {
        return Err(Refused("authorized_party"));
    }
    if nbf.is_some_and(|it| it > (at + SKEW).timestamp()) {
        return Err(Refused("early"));
    }
    let subject = claims.subject().as_str();
    if subject.is_empty() || subject.chars().count() > LONGEST_SUBJECT || subject.contains(char::is_control) {
        return Err(Refused("subject"));
    }
    Ok(ProviderAccount {
        provider: party.provider,
        issuer: iss.to_owned(),
        subject: subject.to_owned(),
        email: claims.email().and_then(|it| EmailAddress::parse(it)),
        email_verified: claims.email_verified() == Some(true),
        auth_time: claims.auth_time(),
    })
}

fn refused(error: &ClaimsVerificationError) -> Refused {
    use ClaimsVerificationError as Error;
    match error {
        Error::Expired(_) => Refused("expired"),
        Error::InvalidAudience(_) => Refused("audience"),
        Error::InvalidNonce(_) => Refused("nonce"),
        Error::SignatureVerification(
            SignatureVerificationError::NoSignature
            | SignatureVerificationError::DisallowedAlg(_)
            | SignatureVerificationError::UnsupportedAlg(_),
        ) => Refused("algorithm"),
        Error::SignatureVerification(_) => SIGNATURE,
        _ => Refused("malformed"),
    }
}
