use diesel::pg::Pg;
use diesel::prelude::*;
use identity::{Provider, ProviderIdentity};
use kernel::{EmailAddress, Fault, Id, Time};
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::provider_identities;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = provider_identities, treat_none_as_null = true, check_for_backend(Pg))]
pub(crate) struct IdentityRow {
    id: Uuid,
    user_id: Uuid,
    provider: String,
    issuer: String,
    subject: String,
    email: Option<String>,
    created_at: Time,
    pub(crate) version: i64,
}

impl From<&ProviderIdentity> for IdentityRow {
    fn from(identity: &ProviderIdentity) -> Self {
        Self {
            id: identity.id.uuid(),
            user_id: identity.user.uuid(),
            provider: identity.provider.as_str().to_owned(),
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
            email: identity.email.as_ref().map(|it| it.as_str().to_owned()),
            created_at: identity.created_at,
            version: identity.version,
        }
    }
}

impl TryFrom<IdentityRow> for ProviderIdentity {
    type Error = Fault;

    fn try_from(row: IdentityRow) -> Result<Self, Fault> {
        Ok(Self {
            id: row.id.into(),
            user: row.user_id.into(),
            provider: Provider::parse(&row.provider).ok_or_else(|| corrupt("provider"))?,
            issuer: row.issuer,
            subject: row.subject,
            email: row.email.map(|it| EmailAddress::parse(&it).ok_or_else(|| corrupt("address"))).transpose()?,
            created_at: row.created_at,
            version: row.version,
        })
    }
}
