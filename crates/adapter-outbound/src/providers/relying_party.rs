use std::time::Duration;

use identity::ports::{AuthorizationRequest, AuthorizationResponse, ProviderError, Refused};
use identity::{Provider, ProviderAccount};
use kernel::Fault;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType as ErrorCode, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreResponseType, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AuthenticationFlow, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields,
    EndpointNotSet, EndpointSet, IdTokenFields, IssuerUrl, JsonWebKeySet, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, StandardErrorResponse, StandardTokenResponse, TokenResponse,
};
use tracing::debug;

use super::http::Unanswered;
use super::id_token::{Besides, IdToken, SIGNATURE, believe};
use super::publication::{Publication, Published};

type Tokens = StandardTokenResponse<
    IdTokenFields<
        Besides,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

type CodeFlow = Client<
    Besides,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<ErrorCode>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
>;

/// What we are to one provider.
#[derive(Debug)]
pub(super) struct RelyingParty {
    pub provider: Provider,
    pub client_id: ClientId,
    pub client_secret: ClientSecret,
    pub issuer: IssuerUrl,
    pub redirect_url: RedirectUrl,
    pub publication: Publication,
}

/// OpenID Connect Core 1.0, section 5.5.
const AUTH_TIME: &str = r#"{"id_token":{"auth_time":{"essential":true}}}"#;

impl RelyingParty {
    fn flow(&self, published: &Published) -> CodeFlow {
        // Tokens are not verified by this client, so that it needs no keys.
        Client::new(self.client_id.clone(), self.issuer.clone(), JsonWebKeySet::default())
            .set_client_secret(self.client_secret.clone())
            .set_auth_type(published.auth_type.clone())
            .set_auth_uri(published.metadata.authorization_endpoint.clone())
            .set_token_uri(published.metadata.token_endpoint.clone())
            .set_redirect_uri(self.redirect_url.clone())
    }

    pub async fn authorization_url(&self, request: &AuthorizationRequest) -> Result<String, Fault> {
        let verifier = PkceCodeVerifier::new(request.verifier.expose().to_owned());
        // RFC 7636, section 4.1; the challenge panics over any other.
        if !(43..=128).contains(&verifier.secret().len()) {
            return Err(Fault::defect("a PKCE verifier has 43 to 128 characters"));
        }
        let published = self.publication.current().await?;
        let flow = self.flow(&published);
        let (state, nonce) = (request.state.clone(), request.nonce.clone());
        let url = flow
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(state.expose().to_owned()),
                move || Nonce::new(nonce.expose().to_owned()),
            )
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        let url = match (request.fresh, self.provider) {
            (false, _) => url,
            (true, provider) => {
                // Google knows no `login`; that it asks again is seen by `auth_time`, which it tells where it is asked to.
                let url = if provider == Provider::Google { url } else { url.add_prompt(CoreAuthPrompt::Login) };
                url.set_max_age(Duration::ZERO).add_extra_param("claims", AUTH_TIME)
            }
        };
        Ok(url.url().0.into())
    }

    pub async fn redeem(&self, response: &AuthorizationResponse) -> Result<ProviderAccount, ProviderError> {
        let published = self.publication.current().await.map_err(unanswered)?;
        // Before the code is shown to anybody: it may be another provider's (RFC 9207, section 2.4).
        let may_be_its = match &response.issuer {
            Some(said) => published.issuer.may_be(said),
            None => !published.metadata.names_itself,
        };
        if !may_be_its {
            return Err(ProviderError::Refused(Refused("issuer")));
        }
        let token = self.exchange(&published, response).await?;
        let believed = |published| believe(&token, published, self, response);
        match believed(&published) {
            Err(SIGNATURE) => match self.publication.newer(&published).await.map_err(unanswered)? {
                Some(newer) => believed(&newer),
                None => Err(SIGNATURE),
            },
            otherwise => otherwise,
        }
        .map_err(ProviderError::Refused)
    }

    async fn exchange(
        &self,
        published: &Published,
        response: &AuthorizationResponse,
    ) -> Result<IdToken, ProviderError> {
        let tokens = self
            .flow(published)
            .exchange_code(AuthorizationCode::new(response.code.expose().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(response.verifier.expose().to_owned()))
            .request_async(&self.publication.client)
            .await;
        let refused = |why| Err(ProviderError::Refused(Refused(why)));
        match tokens {
            Ok(tokens) => tokens.id_token().cloned().ok_or(ProviderError::Refused(Refused("malformed"))),
            Err(RequestTokenError::ServerResponse(error)) => match error.error() {
                // Nothing that the person presented is wrong.
                ErrorCode::InvalidClient | ErrorCode::UnauthorizedClient => {
                    let why = "the provider does not take the client id with its secret";
                    Err(ProviderError::Fault(Fault::Unavailable(why.into())))
                }
                code => {
                    debug!(provider = self.provider.as_str(), code = code.as_ref(), "a provider took no code");
                    refused("code")
                }
            },
            Err(RequestTokenError::Request(error)) => Err(unanswered(error)),
            Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => refused("malformed"),
        }
    }
}

fn unanswered(error: Unanswered) -> ProviderError {
    ProviderError::Fault(error.into())
}
