use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use identity::{FlowPurpose, Provider};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;
use crate::answer::Hidden;
use crate::error::{ApiError, Kind};
use crate::extract::{MaybeBody, SteppedUp};
use crate::routes::auth::target;

/// Where to end.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Linking {
    /// One of the configured ones; without it the way ends at `/app`.
    #[schema(format = "uri", example = "https://app.example.com/linked")]
    redirect_uri: Option<String>,
    /// Needed with a `redirect_uri` (RFC 7636, S256).
    #[schema(example = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")]
    code_challenge: Option<String>,
}

/// A way begun.
#[derive(Serialize, ToSchema)]
pub(super) struct LinkingBegun {
    /// Where the browser is to go, the same that keeps the cookie of this answer.
    authorization_url: Hidden,
}

/// Begin to link an account at a provider
///
/// It is linked when the browser comes back from there.
#[utoipa::path(post, path = "/me/identities/{identity}", tag = "me", request_body = Linking,
    params(("identity" = String, Path, description = "`google` or `microsoft`.")),
    responses(
        (status = 200, description = "Where to go on.", body = LinkingBegun),
        (status = 403, description = "A factor must be given anew first, or the caller's address is not verified; not by a key or personal token (`email_not_verified`)."),
        (status = 404, description = "No such provider, or it is not configured."),
        (status = 409, description = "The caller has an account there linked already (`identity_taken`)."),
    ),
)]
pub(super) async fn link_identity(
    door: SteppedUp,
    provider: Path<String>,
    app: Data<App>,
    body: MaybeBody<Linking>,
) -> Result<HttpResponse, ApiError> {
    let provider = Provider::parse(&provider).ok_or(Kind::NOT_FOUND)?;
    let MaybeBody(Linking { redirect_uri, code_challenge }) = body;
    let purpose = FlowPurpose::Link { user: door.caller.user, session: door.caller.session };
    let begun = app.provider_flow.begin(&door.act, provider, purpose, target(redirect_uri, code_challenge)?).await?;
    let answer = LinkingBegun { authorization_url: Hidden(begun.url.into()) };
    Ok(HttpResponse::Ok().cookie(app.cookies.begin(&begun.browser)).json(answer))
}
