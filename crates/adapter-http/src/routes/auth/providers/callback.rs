use accounts::ProviderOutcome;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, HttpResponseBuilder};
use identity::{Arrived, FlowPurpose, FlowReturn, FlowTarget, Provider, SecondFactor, Strayed};
use kernel::{Act, Secret};
use serde::Deserialize;
use utoipa::ToSchema;

use super::target::{APP, tell};
use crate::App;
use crate::answer::Hidden;
use crate::cookies::Kept;
use crate::error::{ApiError, Kind};
use crate::extract::{Anybody, FlowCookie, QueryArgs};
use crate::pages;

/// What a provider sends back by way of the browser; more is not looked at.
#[derive(Deserialize, ToSchema)]
pub(super) struct Return {
    state: Option<Hidden>,
    /// Absent where the provider, or the person there, said no.
    code: Option<Hidden>,
    /// Who says so (RFC 9207).
    iss: Option<String>,
}

/// Come back from a provider
///
/// A browser keeps the sign-in in cookies and goes on to `/app`, by way of a page that asks for a second factor where the
/// account has one. An application's `redirect_uri` is told `code`, `linked`, or, where it failed, `error`, which is the type of
/// an error of this API.
#[utoipa::path(get, path = "/auth/{provider}/callback", tag = "auth",
    params(("provider" = String, Path, description = "`google` or `microsoft`.")),
    responses(
        (status = 302, description = "To `/app`, or to the redirect_uri.",
            headers(("Location" = String, description = "Where to go on; to a redirect_uri with `code`, `linked` or `error`."))),
        (status = 400, description = "This was not begun in this browser, or too long ago (`state_invalid`)."),
        (status = 401, description = "What the provider says is not believed, or it said no; or the session that began this has ended (`proof_invalid`, `token_invalid`)."),
        (status = 403, description = "Only who is invited can make an account here; or the membership is suspended, or the address not verified (`registration_closed`, `member_suspended`, `email_not_verified`)."),
        (status = 404, description = "No such provider, or it is not configured."),
        (status = 409, description = "An account with this address exists, or the one at the provider is somebody else's (`account_not_linked`, `identity_taken`, `already_member`, `email_taken`, `username_taken`)."),
        (status = 422, description = "The invitation is unknown, used or too old; or the given data is invalid (`token_invalid`)."),
    ),
)]
// Counted as any other request, not as a try to sign in: any page can make its visitors' browsers come here, and nothing
// can be guessed, for a way is gone once, by the browser that began it, and the provider vouches for its end. What can be
// guessed, the second factor, is asked for at the exchange, and there each try counts.
pub(super) async fn callback(
    door: Anybody,
    browser: FlowCookie,
    provider: Path<String>,
    app: Data<App>,
    query: QueryArgs<Return>,
) -> Result<HttpResponse, ApiError> {
    let provider = Provider::parse(&provider).ok_or(Kind::NOT_FOUND)?;
    let (act, kept) = (door.act, browser.kept);
    let QueryArgs(Return { state, code, iss }) = query;
    let secret = |it: Option<Hidden>| it.map(|it| it.0);
    let back = FlowReturn { state: secret(state), code: secret(code), issuer: iss, browser: kept.clone() };
    let arrived = match app.provider_flow.arrive(&act, provider, back).await {
        Ok(arrived) => arrived,
        Err(Strayed { target: Some(FlowTarget::Application { redirect_uri, .. }), error }) => {
            return refused(&redirect_uri, &error.into());
        }
        Err(Strayed { error, .. }) => return Err(error.into()),
    };
    match arrived.target.clone() {
        FlowTarget::Browser => into_browser(&app, &act, arrived, kept).await,
        FlowTarget::Application { redirect_uri, .. } => match application(&app, &act, provider, arrived).await {
            Ok((name, value)) => Ok(tell(&redirect_uri, name, &value)?),
            Err(error) => refused(&redirect_uri, &error),
        },
    }
}

fn refused(redirect_uri: &str, error: &ApiError) -> Result<HttpResponse, ApiError> {
    error.log();
    Ok(tell(redirect_uri, "error", &Secret::new(error.kind().name))?)
}

/// What an application is told. Its sign-in waits for who knows the verifier; what is linked is linked.
async fn application(
    app: &App,
    act: &Act,
    provider: Provider,
    arrived: Arrived,
) -> Result<(&'static str, Secret), ApiError> {
    match arrived.purpose {
        FlowPurpose::SignIn { .. } | FlowPurpose::StepUp { .. } => {
            Ok(("code", app.provider_flow.hold(act, arrived).await?))
        }
        FlowPurpose::Link { .. } => {
            app.provider_sign_in.run(act, &arrived, &SecondFactor::default()).await?;
            Ok(("linked", Secret::new(provider.as_str())))
        }
    }
}

async fn into_browser(app: &App, act: &Act, arrived: Arrived, kept: Option<Secret>) -> Result<HttpResponse, ApiError> {
    let mut answer = HttpResponse::Found();
    match app.provider_sign_in.run(act, &arrived, &SecondFactor::default()).await {
        Ok(outcome) => {
            keep(app, &mut answer, &outcome);
            Ok(answer.insert_header((LOCATION, APP)).finish())
        }
        Err(accounts::Error::Identity(identity::Error::MfaRequired)) => {
            let code = app.provider_flow.hold(act, arrived).await?;
            // As long as the code: the way here took a part of its time.
            if let Some(kept) = kept {
                answer.cookie(app.cookies.begin(&kept));
            }
            let page = format!("{}#code={}", pages::SECOND_FACTOR, code.expose());
            Ok(answer.insert_header((LOCATION, page)).finish())
        }
        Err(error) => Err(error.into()),
    }
}

/// What came of it, for the browser to keep; its way is at its end.
pub(super) fn keep(app: &App, answer: &mut HttpResponseBuilder, outcome: &ProviderOutcome) {
    match outcome {
        ProviderOutcome::SignedIn(signed_in) => {
            for cookie in app.cookies.sign_in(signed_in) {
                answer.cookie(cookie);
            }
        }
        ProviderOutcome::SteppedUp(renewed) => {
            answer.cookie(app.cookies.renew(renewed));
        }
        ProviderOutcome::Linked => {}
    }
    answer.cookie(app.cookies.forget(Kept::Flow));
}
