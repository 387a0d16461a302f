use diesel::pg::Pg;
use diesel::prelude::*;
use kernel::{Fault, Id, RoleKey, Time};
use tenancy::{Member, MemberStatus};
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::members;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = members, primary_key(organization_id, user_id), check_for_backend(Pg))]
pub(crate) struct MemberRow {
    organization_id: Uuid,
    user_id: Uuid,
    role: String,
    status: String,
    joined_at: Time,
    pub(crate) version: i64,
}

impl From<&Member> for MemberRow {
    fn from(member: &Member) -> Self {
        Self {
            organization_id: member.organization.uuid(),
            user_id: member.user.uuid(),
            role: member.role.as_str().to_owned(),
            status: member.status.as_str().to_owned(),
            joined_at: member.joined_at,
            version: member.version,
        }
    }
}

impl TryFrom<MemberRow> for Member {
    type Error = Fault;

    fn try_from(row: MemberRow) -> Result<Self, Fault> {
        Ok(Self {
            organization: row.organization_id.into(),
            user: row.user_id.into(),
            role: RoleKey::parse(&row.role).ok_or_else(|| corrupt("role"))?,
            status: status(&row.status).ok_or_else(|| corrupt("member's status"))?,
            joined_at: row.joined_at,
            version: row.version,
        })
    }
}

fn status(text: &str) -> Option<MemberStatus> {
    [MemberStatus::Active, MemberStatus::Suspended].into_iter().find(|it| it.as_str() == text)
}
