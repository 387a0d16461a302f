use accounts::ProviderOutcome;
use actix_web::HttpResponse;
use actix_web::web::Data;
use identity::{Error as E, Shown};
use kernel::{Fault, Problems};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::callback::keep;
use crate::App;
use crate::answer::Hidden;
use crate::error::{ApiError, Kind};
use crate::extract::{FlowCookie, JsonBody, SigningIn};
use crate::routes::second_factors::given;
use crate::routes::views::{AccessToken, Tokens};

/// A code, with what shows whose it is, and a second factor where the account has one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange {
    /// As the `redirect_uri`, or our own page, was told it.
    code: Hidden,
    /// What the `code_challenge` was made of; only our own page does without, by its cookie.
    code_verifier: Option<Hidden>,
    /// A code of the authenticator; looked at where the account has a second factor.
    #[schema(example = "123456")]
    totp_code: Option<Hidden>,
    /// A recovery code; looked at where no `totp_code` is given.
    #[schema(example = "abcd-efgh-ijkl-mnop")]
    recovery_code: Option<Hidden>,
    /// What a passkey answered to the options of `/auth/passkey/options`, in place of a code.
    passkey: Option<Value>,
}

/// What the code was good for. What a browser keeps in cookies is not told besides.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Exchanged {
    SignedIn(Box<Tokens>),
    SteppedUp(AccessToken),
}

/// Any of the two: a sign-in has all that an access token has.
impl PartialSchema for Exchanged {
    fn schema() -> RefOr<Schema> {
        let either = AnyOfBuilder::new().description(Some("The sign-in; or the new access token of who stepped up."));
        either.item(Ref::from_schema_name(Tokens::name())).item(Ref::from_schema_name(AccessToken::name())).into()
    }
}

impl ToSchema for Exchanged {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        for (name, schema) in [(Tokens::name(), Tokens::schema()), (AccessToken::name(), AccessToken::schema())] {
            schemas.push((name.into_owned(), schema));
        }
        Tokens::schemas(schemas);
        AccessToken::schemas(schemas);
    }
}

/// Trade the code of a sign-in by way of a provider for tokens
///
/// Once, within 60 seconds. Where a second factor is missing or not right, the code stays good. To our own page tokens are
/// given in cookies.
#[utoipa::path(post, path = "/auth/sso/exchange", tag = "auth", request_body = Exchange, responses(
    (status = 200, description = "The sign-in; or the new access token of who stepped up.", body = Exchanged),
    (status = 401, description = "The code is unknown, used or too old, or it is somebody else's; or a second factor is needed too, or is not right (`token_invalid`, `mfa_required`, `mfa_invalid`, `proof_invalid`)."),
    (status = 403, description = "The membership in the chosen organization is suspended, or only who is invited can make an account here (`member_suspended`, `registration_closed`)."),
    (status = 404, description = "The chosen organization is not there, or not the user's."),
    (status = 409, description = "An account with this address exists, or came to be meanwhile (`account_not_linked`, `identity_taken`, `already_member`, `email_taken`, `username_taken`)."),
    (status = 422, description = "The invitation is unknown, used or too old; or the given data is invalid (`token_invalid`)."),
    (status = 429, description = "Too many wrong codes: none is looked at for a while (`too_many_codes`)."),
))]
pub(super) async fn exchange(
    door: SigningIn,
    browser: FlowCookie,
    app: Data<App>,
    body: JsonBody<Exchange>,
) -> Result<HttpResponse, ApiError> {
    let JsonBody(Exchange { code, code_verifier, totp_code, recovery_code, passkey }) = body;
    let shown = match (&code_verifier, &browser.kept) {
        (Some(verifier), _) => Shown::Verifier(&verifier.0),
        (None, Some(_)) if !browser.is_proved => return Err(Kind::CSRF.into()),
        (None, Some(kept)) => Shown::Browser(kept),
        (None, None) => return Err(Problems::one("code_verifier", "The code_verifier field is required.").into()),
    };
    let claimed = app.provider_flow.claim(&code.0, shown, door.act.at).await?;
    let second = given(totp_code, recovery_code, passkey);
    match app.provider_sign_in.run(&door.act, claimed.arrived(), &second).await {
        Ok(outcome) if code_verifier.is_some() => Ok(HttpResponse::Ok().json(told(outcome)?)),
        Ok(outcome) => {
            let mut answer = HttpResponse::Ok();
            keep(&app, &mut answer, &outcome);
            Ok(answer.json(match told(outcome)? {
                Exchanged::SignedIn(tokens) => Exchanged::SignedIn(Box::new(tokens.kept())),
                Exchanged::SteppedUp(token) => Exchanged::SteppedUp(token.kept()),
            }))
        }
        Err(error) => {
            // Not after a fault: what was decided may have been committed all the same, and a code is good once.
            if let accounts::Error::Identity(E::MfaRequired | E::MfaInvalid | E::MfaUsed | E::TooManyCodes) = error {
                app.provider_flow.put_back(&door.act, claimed).await?;
            }
            Err(error.into())
        }
    }
}

fn told(outcome: ProviderOutcome) -> Result<Exchanged, Fault> {
    match outcome {
        ProviderOutcome::SignedIn(signed_in) => Ok(Exchanged::SignedIn(Box::new((*signed_in).into()))),
        ProviderOutcome::SteppedUp(renewed) => Ok(Exchanged::SteppedUp(renewed.into())),
        ProviderOutcome::Linked => Err(Fault::defect("linking waits for no code")),
    }
}
