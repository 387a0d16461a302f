use diesel::prelude::*;
use kernel::{Id, Time};
use tenancy::Member;
use uuid::Uuid;

use crate::schema::members;

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = members, primary_key(organization_id, user_id))]
pub(crate) struct MemberRow {
    organization_id: Uuid,
    user_id: Uuid,
    role: String,
    status: &'static str,
    joined_at: Time,
    pub(crate) version: i64,
}

impl From<&Member> for MemberRow {
    fn from(member: &Member) -> Self {
        Self {
            organization_id: member.organization.uuid(),
            user_id: member.user.uuid(),
            role: member.role.as_str().to_owned(),
            status: member.status.as_str(),
            joined_at: member.joined_at,
            version: member.version,
        }
    }
}
