use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use kernel::{
    EmailAddress, Fault, Id, InvitationId, OrganizationId, Page, PageRequest, Scope, Time, TokenHash, UserId,
};
use tenancy::ports::{Invitations, Invitee};
use tenancy::{Invitation, InvitationStatus};

use crate::fault::fault;
use crate::keyset::Keyset;
use crate::pool::Database;
use crate::rows::InvitationRow;
use crate::schema::{invitations, members, organizations, users};

#[async_trait]
impl Invitations for Database {
    async fn by_token(&self, token: &TokenHash) -> Result<Option<Invitation>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let row = invitations::table
            .filter(invitations::token.eq(token.as_bytes().as_slice()))
            .select(InvitationRow::as_select())
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn by_id(&self, organization: OrganizationId, id: InvitationId) -> Result<Option<Invitation>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let row = invitations::table
            .find(id.uuid())
            .filter(invitations::organization_id.eq(organization.uuid()))
            .select(InvitationRow::as_select())
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn pending(&self, organization: OrganizationId, page: PageRequest) -> Result<Page<Invitation>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let mut query = invitations::table
            .filter(invitations::organization_id.eq(organization.uuid()))
            .filter(invitations::status.eq(InvitationStatus::Pending.as_str()))
            .order((invitations::created_at, invitations::id))
            .limit(i64::from(page.limit) + 1)
            .select(InvitationRow::as_select())
            .into_boxed();
        if let Some(last) = page.after.as_ref().and_then(Keyset::read) {
            query = query
                .filter(invitations::created_at.ge(last.at))
                .filter(invitations::created_at.gt(last.at).or(invitations::id.gt(last.id)));
        }
        let rows: Vec<InvitationRow> = query.load(&mut connection).await.map_err(fault)?;
        let all: Vec<Invitation> = rows.into_iter().map(TryInto::try_into).collect::<Result<_, Fault>>()?;
        Ok(Page::from_one_more(all, page.limit, |it| Keyset { at: it.created_at, id: it.id.uuid() }.cursor()))
    }

    async fn open_for(&self, email: &EmailAddress, at: Time) -> Result<Vec<Invitation>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let rows: Vec<InvitationRow> = invitations::table
            .inner_join(organizations::table)
            .filter(invitations::email_key.eq(email.key()))
            .filter(invitations::status.eq(InvitationStatus::Pending.as_str()))
            .filter(invitations::expires_at.gt(at))
            .filter(organizations::deleted_at.is_null())
            .order((invitations::created_at.desc(), invitations::id.desc()))
            .select(InvitationRow::as_select())
            .load(&mut connection)
            .await
            .map_err(fault)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn standings_of(&self, organization: OrganizationId, emails: &[EmailAddress]) -> Result<Vec<Invitee>, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let keys: Vec<String> = emails.iter().map(EmailAddress::key).collect();
        let members: Vec<String> = members::table
            .inner_join(users::table)
            .filter(members::organization_id.eq(organization.uuid()))
            .filter(users::email_key.eq_any(&keys))
            .select(users::email_key)
            .load(&mut connection)
            .await
            .map_err(fault)?;
        let rows: Vec<InvitationRow> = invitations::table
            .filter(invitations::organization_id.eq(organization.uuid()))
            .filter(invitations::email_key.eq_any(&keys))
            .filter(invitations::status.eq(InvitationStatus::Pending.as_str()))
            .select(InvitationRow::as_select())
            .load(&mut connection)
            .await
            .map_err(fault)?;
        let pending: Vec<Invitation> = rows.into_iter().map(TryInto::try_into).collect::<Result<_, Fault>>()?;
        let standing = |key: &String| match pending.iter().find(|it| it.email.key() == *key) {
            _ if members.contains(key) => Invitee::Member,
            Some(invitation) => Invitee::Invited(Box::new(invitation.clone())),
            None => Invitee::Stranger,
        };
        Ok(keys.iter().map(standing).collect())
    }

    async fn name_of(&self, user: UserId) -> Result<Option<String>, Fault> {
        let mut connection = self.connection(Scope::User(user)).await?;
        users::table.find(user.uuid()).select(users::username).first(&mut connection).await.optional().map_err(fault)
    }
}
