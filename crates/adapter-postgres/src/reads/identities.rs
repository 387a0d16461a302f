use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use identity::ProviderIdentity;
use identity::ports::Identities;
use kernel::{Fault, Id, Scope, UserId};

use crate::fault::fault;
use crate::pool::Database;
use crate::refusal::Refusal;
use crate::rows::IdentityRow;
use crate::schema::provider_identities as identities;

#[async_trait]
impl Identities for Database {
    async fn by_subject(&self, issuer: &str, subject: &str) -> Result<Option<ProviderIdentity>, Fault> {
        let mut connection = self.connection(Scope::Installation).await?;
        let row = identities::table
            .filter(identities::issuer.eq(issuer))
            .filter(identities::subject.eq(subject))
            .select(IdentityRow::as_select())
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        row.map(TryInto::try_into).transpose()
    }

    async fn of(&self, user: UserId) -> Result<Vec<ProviderIdentity>, Fault> {
        let mut connection = self.connection(Scope::User(user)).await?;
        Ok(identities_of(&mut connection, user).await?)
    }
}

pub(super) async fn identities_of(
    connection: &mut AsyncPgConnection,
    user: UserId,
) -> Result<Vec<ProviderIdentity>, Refusal> {
    let rows: Vec<IdentityRow> = identities::table
        .filter(identities::user_id.eq(user.uuid()))
        .order((identities::created_at, identities::id))
        .select(IdentityRow::as_select())
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, Fault>>()?)
}
