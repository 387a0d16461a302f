use std::net::IpAddr;

use actix_web::web::{Data, Json};
use identity::ports::SeenSession;
use kernel::{Id, SessionId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::device::device;
use crate::App;
use crate::answer::{List, Moment};
use crate::error::ApiError;
use crate::extract::{Asked, Listing, SignedIn};

/// A sign-in that goes on.
#[derive(Serialize, ToSchema)]
pub(super) struct MySession {
    id: Uuid,
    /// What it seems to be used with.
    #[schema(example = "Firefox on Linux")]
    device: String,
    /// With what it began, in its own words.
    #[schema(required, example = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")]
    user_agent: Option<String>,
    /// From where it began.
    #[schema(required, example = "192.0.2.7")]
    address: Option<String>,
    /// From where it was last used.
    #[schema(required, example = "192.0.2.7")]
    last_address: Option<String>,
    created_at: Moment,
    last_seen_at: Moment,
    /// When it ends, however often it is refreshed.
    expires_at: Moment,
    /// The id of the organization it is bound to; null where there is none.
    #[schema(required)]
    organization: Option<Uuid>,
    /// Whether it is the one that asks.
    current: bool,
}

impl MySession {
    fn of(seen: SeenSession, current: SessionId) -> Self {
        let SeenSession { session, last_seen_at, last_address } = seen;
        Self {
            id: session.id.uuid(),
            device: device(session.agent.as_deref()),
            user_agent: session.agent,
            address: session.address.as_ref().map(IpAddr::to_string),
            last_address: last_address.as_ref().map(IpAddr::to_string),
            created_at: Moment(session.created_at),
            last_seen_at: Moment(last_seen_at),
            expires_at: Moment(session.expires_at),
            organization: session.organization.map(Id::uuid),
            current: session.id == current,
        }
    }
}

/// One's sign-ins that go on
#[utoipa::path(get, path = "/me/sessions", tag = "me", responses(
    (status = 200, description = "The newest first.", body = List<MySession>),
))]
pub(super) async fn list_sessions(
    door: SignedIn,
    app: Data<App>,
    listing: Listing,
) -> Result<Json<List<MySession>>, ApiError> {
    let Asked { page, cursors, .. } = listing.by(&door.act)?;
    let page = app.sessions.living(door.caller.user, door.act.at, page).await?;
    Ok(Json(List::of(page, &cursors, |it| MySession::of(it, door.caller.session))))
}
