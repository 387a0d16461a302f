use actix_web::web::{Data, Json};
use kernel::{Id, Time};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::{List, Moment};
use crate::error::ApiError;
use crate::extract::needed::TeamInvite;
use crate::extract::{Allowed, Asked, Listing};

/// An invitation that was neither used nor taken back.
#[derive(Serialize, ToSchema)]
pub(super) struct PendingInvitation {
    id: Uuid,
    #[schema(example = "user@example.com")]
    email: String,
    #[schema(example = "member")]
    role: String,
    /// `pending`, or `expired` where it must be sent once more to be good.
    #[schema(example = "pending")]
    status: &'static str,
    expires_at: Moment,
    created_at: Moment,
    /// Who invites: a user's id.
    invited_by: Uuid,
}

impl PendingInvitation {
    fn at(at: Time) -> impl Fn(tenancy::Invitation) -> Self {
        move |it| Self {
            id: it.id.uuid(),
            email: it.email.to_string(),
            role: it.role.to_string(),
            status: if it.is_open(at) { "pending" } else { "expired" },
            expires_at: Moment(it.expires_at),
            created_at: Moment(it.created_at),
            invited_by: it.invited_by.uuid(),
        }
    }
}

/// The pending invitations
#[utoipa::path(get, path = "/team/invitations", tag = "team", responses(
    (status = 200, description = "The oldest first.", body = List<PendingInvitation>),
))]
pub(super) async fn list_invitations(
    door: Allowed<TeamInvite>,
    app: Data<App>,
    listing: Listing,
) -> Result<Json<List<PendingInvitation>>, ApiError> {
    let Asked { page, cursors, .. } = listing.by(&door.act)?;
    let page = app.invitations.pending(door.organization(), page).await?;
    Ok(Json(List::of(page, &cursors, PendingInvitation::at(door.act.at))))
}
