use actix_web::Either;
use actix_web::web::{Data, Json};
use kernel::Id;
use serde::{Deserialize, Serialize};
use tenancy::{InviteInput, Invited, InvitedMany, Refusal};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;
use crate::answer::{Created, Moment};
use crate::error::{ApiError, Envelope};
use crate::extract::needed::TeamInvite;
use crate::extract::{Creating, InOwnRight, Inside};

/// Somebody to invite, or up to 50 at once.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Invitations {
    One(InvitationRequest),
    Many(BulkInvitationRequest),
}

/// Whom, and as what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InvitationRequest {
    #[schema(format = Email, max_length = 254, example = "user@example.com")]
    email: String,
    /// A role's key or id; it may hold nothing the inviter does not. The owner's wants a step-up.
    #[schema(min_length = 1, max_length = 50, example = "member")]
    role: String,
}

/// Up to 50 invitations, each with a result of its own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BulkInvitationRequest {
    #[schema(min_items = 1, max_items = 50)]
    invitations: Vec<InvitationRequest>,
}

/// An invitation.
#[derive(Serialize, ToSchema)]
pub(super) struct Invitation {
    id: Uuid,
    #[schema(example = "ada@example.com")]
    email: String,
    #[schema(example = "admin")]
    role: String,
    #[schema(example = "pending")]
    status: &'static str,
    expires_at: Moment,
}

/// What became of each invitation, in order.
#[derive(Serialize, ToSchema)]
pub(super) struct InvitationResults {
    data: Vec<InvitationResult>,
}

/// What became of one invitation.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"index": 0, "status": "created", "invitation": {
    "id": "01890a5d-ac96-774b-bcce-b302099a8057", "email": "ada@example.com", "role": "admin", "status": "pending",
    "expires_at": "2026-01-22T12:00:00Z"
}}))]
pub(super) struct InvitationResult {
    /// Its place in the request, from 0.
    index: usize,
    /// `created` or `failed`.
    #[schema(example = "created")]
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation: Option<Invitation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Envelope>,
}

impl InvitationRequest {
    /// By the role's key, also where it was named by id.
    fn into_input(self, door: &Inside) -> InviteInput {
        let key = door.entered.snapshot.role_named(&self.role).map(ToString::to_string);
        InviteInput { email: self.email, role: key.unwrap_or(self.role) }
    }
}

impl From<Invited> for Invitation {
    fn from(invited: Invited) -> Self {
        Self {
            id: invited.id.uuid(),
            email: invited.email.to_string(),
            role: invited.role.to_string(),
            status: "pending",
            expires_at: Moment(invited.expires_at),
        }
    }
}

impl From<InvitedMany> for InvitationResults {
    fn from(InvitedMany { request_id, results }: InvitedMany) -> Self {
        let result = |(index, result): (usize, Result<Invited, Refusal>)| match result {
            Ok(it) => InvitationResult { index, status: "created", invitation: Some(it.into()), error: None },
            Err(refusal) => {
                let error = ApiError::from(tenancy::Error::from(refusal)).envelope(&request_id);
                InvitationResult { index, status: "failed", invitation: None, error: Some(error) }
            }
        };
        Self { data: results.into_iter().enumerate().map(result).collect() }
    }
}

/// Invite somebody by mail, or up to 50 at once
///
/// Many are invited in one step, each with a result of its own. A repetition under the same Idempotency-Key gets the
/// same results, failed ones included; only where none was created they may be decided again.
#[utoipa::path(post, path = "/team/invite", tag = "team", request_body = Invitations, responses(
    (status = 201, description = "The invitation.", body = Invitation),
    (status = 200, description = "What became of each of many.", body = InvitationResults),
    (status = 403, description = "Giving the owner's role is for a person, who gave a factor a moment ago (`step_up_required`, `person_required`)."),
    (status = 409, description = "A member already, or invited already (`already_member`, `already_invited`)."),
))]
pub(super) async fn invite(
    door: InOwnRight<TeamInvite>,
    app: Data<App>,
    body: Creating<Invitations>,
) -> Result<Either<Created<Invitation>, Json<InvitationResults>>, ApiError> {
    let (act, invitations) = body.by(&door.act)?;
    match invitations {
        Invitations::One(one) => {
            door.prove_to_give(&app, &one.role).await?;
            let invited = app.invite.run(&act, door.organization(), &one.into_input(&door)).await?;
            Ok(Either::Left(Created(invited.into())))
        }
        Invitations::Many(many) => {
            for one in &many.invitations {
                door.prove_to_give(&app, &one.role).await?;
            }
            let many: Vec<InviteInput> = many.invitations.into_iter().map(|it| it.into_input(&door)).collect();
            let invited = app.invite.many(&act, door.organization(), &many).await?;
            Ok(Either::Right(Json(invited.into())))
        }
    }
}
