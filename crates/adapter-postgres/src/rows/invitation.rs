use diesel::pg::Pg;
use diesel::prelude::*;
use kernel::{EmailAddress, Fault, Id, RoleKey, Time, TokenHash};
use tenancy::{Invitation, InvitationStatus};
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::invitations;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = invitations, treat_none_as_null = true, check_for_backend(Pg))]
pub(crate) struct InvitationRow {
    id: Uuid,
    organization_id: Uuid,
    email: String,
    email_key: String,
    role: String,
    token: Vec<u8>,
    invited_by: Uuid,
    status: String,
    created_at: Time,
    expires_at: Time,
    pub(crate) version: i64,
    key_id: Option<Uuid>,
}

impl From<&Invitation> for InvitationRow {
    fn from(invitation: &Invitation) -> Self {
        Self {
            id: invitation.id.uuid(),
            organization_id: invitation.organization.uuid(),
            email: invitation.email.as_str().to_owned(),
            email_key: invitation.email.key(),
            role: invitation.role.as_str().to_owned(),
            token: invitation.token.as_bytes().to_vec(),
            invited_by: invitation.invited_by.uuid(),
            status: invitation.status.as_str().to_owned(),
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
            version: invitation.version,
            key_id: invitation.key.map(Id::uuid),
        }
    }
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = Fault;

    fn try_from(row: InvitationRow) -> Result<Self, Fault> {
        Ok(Self {
            id: row.id.into(),
            organization: row.organization_id.into(),
            email: EmailAddress::parse(&row.email).ok_or_else(|| corrupt("address"))?,
            role: RoleKey::parse(&row.role).ok_or_else(|| corrupt("role"))?,
            token: row.token.try_into().map(TokenHash::from_bytes).map_err(|_| corrupt("token"))?,
            invited_by: row.invited_by.into(),
            key: row.key_id.map(Into::into),
            status: status(&row.status).ok_or_else(|| corrupt("invitation's status"))?,
            created_at: row.created_at,
            expires_at: row.expires_at,
            version: row.version,
        })
    }
}

fn status(text: &str) -> Option<InvitationStatus> {
    [InvitationStatus::Pending, InvitationStatus::Accepted, InvitationStatus::Cancelled]
        .into_iter()
        .find(|it| it.as_str() == text)
}
