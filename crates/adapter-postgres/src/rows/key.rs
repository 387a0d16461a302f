use diesel::pg::Pg;
use diesel::prelude::*;
use identity::{Key, KeyOwner, Label, Scopes};
use kernel::{Fault, Id, Permission, Time, TokenHash};
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::keys;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = keys, treat_none_as_null = true, check_for_backend(Pg))]
pub(crate) struct KeyRow {
    id: Uuid,
    organization_id: Option<Uuid>,
    user_id: Option<Uuid>,
    home_organization_id: Option<Uuid>,
    maker_id: Uuid,
    name: String,
    hash: Vec<u8>,
    hint: String,
    scopes: Option<Vec<String>>,
    multi_factor: bool,
    previous_hash: Option<Vec<u8>>,
    previous_until: Option<Time>,
    expires_at: Option<Time>,
    created_at: Time,
    text_at: Time,
    pub(crate) version: i64,
}

impl From<&Key> for KeyRow {
    fn from(key: &Key) -> Self {
        let (organization_id, user_id, home_organization_id) = match key.owner {
            KeyOwner::Organization(organization) => (Some(organization.uuid()), None, None),
            KeyOwner::User(user) => (None, Some(user.uuid()), key.organization.map(Id::uuid)),
        };
        let (previous_hash, previous_until) = key.previous.unzip();
        Self {
            id: key.id.uuid(),
            organization_id,
            user_id,
            home_organization_id,
            maker_id: key.maker.uuid(),
            name: key.name.as_str().to_owned(),
            hash: key.hash.as_bytes().to_vec(),
            hint: key.hint.clone(),
            scopes: match &key.scopes {
                Scopes::Admin => None,
                Scopes::Only(permissions) => Some(permissions.iter().map(|it| it.as_str().to_owned()).collect()),
            },
            multi_factor: key.multi_factor,
            previous_hash: previous_hash.map(|it| it.as_bytes().to_vec()),
            previous_until,
            expires_at: key.expires_at,
            created_at: key.created_at,
            text_at: key.text_at,
            version: key.version,
        }
    }
}

impl TryFrom<KeyRow> for Key {
    type Error = Fault;

    fn try_from(row: KeyRow) -> Result<Self, Fault> {
        let hash = |it: Vec<u8>| it.try_into().map(TokenHash::from_bytes).map_err(|_| corrupt("key"));
        let permission = |it: &String| Permission::parse(it).ok_or_else(|| corrupt("permission"));
        let (owner, organization) = match (row.organization_id, row.user_id) {
            (Some(organization), None) => (KeyOwner::Organization(organization.into()), Some(organization)),
            (None, Some(user)) => (KeyOwner::User(user.into()), row.home_organization_id),
            _ => return Err(corrupt("key's owner")),
        };
        Ok(Self {
            id: row.id.into(),
            owner,
            maker: row.maker_id.into(),
            organization: organization.map(Into::into),
            name: Label::parse(&row.name).ok_or_else(|| corrupt("key's name"))?,
            hash: hash(row.hash)?,
            hint: row.hint,
            scopes: match row.scopes {
                None => Scopes::Admin,
                Some(scopes) => Scopes::Only(scopes.iter().map(permission).collect::<Result<_, Fault>>()?),
            },
            multi_factor: row.multi_factor,
            previous: row.previous_hash.map(hash).transpose()?.zip(row.previous_until),
            expires_at: row.expires_at,
            created_at: row.created_at,
            text_at: row.text_at,
            version: row.version,
        })
    }
}
