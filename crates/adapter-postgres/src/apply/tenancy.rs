use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Id, OrganizationId, Sealer, Signal, Write};
use tenancy::{Change, Invitation, Member, Organization};

use super::slugs::keep_slug;
use super::{Apply, of_organization, one, write_row};
use crate::refusal::Refusal;
use crate::rows::{InvitationRow, MemberRow, OrganizationRow};
use crate::schema::{invitations, members, organizations};

impl Apply for Change {
    fn founds(&self) -> Option<OrganizationId> {
        match self {
            Self::Organization(Write::Add(organization)) => Some(organization.id),
            _ => None,
        }
    }

    async fn apply(
        &self,
        connection: &mut AsyncPgConnection,
        _: &dyn Sealer,
        signals: &mut Vec<Signal>,
    ) -> Result<(), Refusal> {
        match self {
            Self::Erase(organization) => {
                signals.extend(of_organization::erase(connection, *organization).await?);
                Ok(())
            }
            Self::Organization(write) => {
                keep_slug(connection, write).await?;
                let this = |it: &Organization| organizations::id.eq(it.id.uuid());
                write_row!(connection, write, organizations, |it| OrganizationRow::from(it), this)
            }
            Self::Member(write) => {
                let this = |it: &Member| {
                    members::organization_id.eq(it.organization.uuid()).and(members::user_id.eq(it.user.uuid()))
                };
                write_row!(connection, write, members, |it| MemberRow::from(it), this)
            }
            Self::Invitation(write) => {
                let this = |it: &Invitation| invitations::id.eq(it.id.uuid());
                write_row!(connection, write, invitations, |it| InvitationRow::from(it), this)
            }
        }
    }
}
