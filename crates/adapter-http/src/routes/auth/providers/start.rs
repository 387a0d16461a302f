use accounts::Person;
use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path};
use identity::{FlowPurpose, Invitation, Provider};
use serde::Deserialize;
use utoipa::ToSchema;

use super::target::target;
use crate::App;
use crate::answer::Hidden;
use crate::error::{ApiError, Kind};
use crate::extract::{MaybeSignedIn, QueryArgs, Tenant};

/// What for, and where to end.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Start {
    /// One of the configured ones, which is told a code; without it the browser keeps the sign-in and ends at `/app`.
    redirect_uri: Option<String>,
    /// Needed with a `redirect_uri` (RFC 7636).
    #[schema(example = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")]
    code_challenge: Option<String>,
    /// How the `code_challenge` was made.
    code_challenge_method: Option<ChallengeMethod>,
    /// The token of a mailed invitation, for somebody new.
    invitation: Option<Hidden>,
    /// Not to sign in, but to prove anew who is signed in.
    step_up: Option<bool>,
}

/// A way to make a `code_challenge`.
#[derive(Deserialize, ToSchema)]
enum ChallengeMethod {
    S256,
}

/// Sign in by way of a provider
///
/// The same browser must come back.
#[utoipa::path(get, path = "/auth/{provider}/start", tag = "auth",
    params(("provider" = String, Path, description = "`google` or `microsoft`.")),
    responses(
        (status = 302, description = "To the provider.", headers(("Location" = String, description = "Where to go on."))),
        (status = 401, description = "To step up, somebody must be signed in; or the access token is not good (`token_missing`)."),
        (status = 404, description = "No such provider, or it is not configured."),
    ),
)]
pub(super) async fn start(
    door: MaybeSignedIn,
    provider: Path<String>,
    tenant: Tenant,
    app: Data<App>,
    query: QueryArgs<Start>,
) -> Result<HttpResponse, ApiError> {
    let provider = Provider::parse(&provider).ok_or(Kind::NOT_FOUND)?;
    let QueryArgs(Start { redirect_uri, code_challenge, code_challenge_method, invitation, step_up }) = query;
    // There is but one.
    let (None | Some(ChallengeMethod::S256)) = code_challenge_method;
    let purpose = if step_up == Some(true) {
        let Person { user, session, .. } = door.caller.ok_or(Kind::TOKEN_MISSING)?;
        FlowPurpose::StepUp { user, session }
    } else {
        FlowPurpose::SignIn { invitation: invitation.map(|it| Invitation(it.0)), organization: tenant.0 }
    };
    let begun = app.provider_flow.begin(&door.act, provider, purpose, target(redirect_uri, code_challenge)?).await?;
    let mut answer = HttpResponse::Found();
    Ok(answer.insert_header((LOCATION, begun.url)).cookie(app.cookies.begin(&begun.browser)).finish())
}
