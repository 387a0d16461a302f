use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::App;
use crate::error::ApiError;
use crate::extract::{JsonBody, SignedIn};
use crate::routes::delivery::SameWay;
use crate::routes::views::AccessToken;

/// Where to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Destination {
    /// By slug or id.
    #[schema(example = "acme")]
    organization: String,
}

/// Bind the session to another of one's organizations
///
/// Refreshing keeps it there.
#[utoipa::path(post, path = "/auth/switch-tenant", tag = "auth", request_body = Destination, responses(
    (status = 200, description = "An access token of that organization.", body = AccessToken),
    (status = 403, description = "The membership in it is suspended (`member_suspended`)."),
    (status = 404, description = "No such organization, or none of the caller's."),
))]
pub(super) async fn switch_tenant(
    door: SignedIn,
    way: SameWay,
    app: Data<App>,
    body: JsonBody<Destination>,
) -> Result<HttpResponse, ApiError> {
    let (user, session) = (door.caller.user, door.caller.session);
    let switched = app.switch_organization.run(&door.act, user, session, &body.0.organization).await;
    if let Err(identity::Error::OrganizationNotFound) = switched {
        app.access.note_foreign(&door.act).await?;
    }
    Ok(way.renew(&app, switched?))
}
