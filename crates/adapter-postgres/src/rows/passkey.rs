use diesel::pg::Pg;
use diesel::prelude::*;
use identity::{Label, Passkey};
use kernel::{Fault, Id, Time};
use serde_json::Value;
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::passkeys;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = passkeys, treat_none_as_null = true, check_for_backend(Pg))]
pub(crate) struct PasskeyRow {
    id: Uuid,
    user_id: Uuid,
    name: String,
    credential: Vec<u8>,
    public: Value,
    created_at: Time,
    last_used_at: Option<Time>,
    pub(crate) version: i64,
}

impl From<&Passkey> for PasskeyRow {
    fn from(passkey: &Passkey) -> Self {
        Self {
            id: passkey.id.uuid(),
            user_id: passkey.user.uuid(),
            name: passkey.name.as_str().to_owned(),
            credential: passkey.credential.clone(),
            public: passkey.public.clone(),
            created_at: passkey.created_at,
            last_used_at: passkey.last_used_at,
            version: passkey.version,
        }
    }
}

impl TryFrom<PasskeyRow> for Passkey {
    type Error = Fault;

    fn try_from(row: PasskeyRow) -> Result<Self, Fault> {
        Ok(Self {
            id: row.id.into(),
            user: row.user_id.into(),
            name: Label::parse(&row.name).ok_or_else(|| corrupt("passkey's name"))?,
            credential: row.credential,
            public: row.public,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            version: row.version,
        })
    }
}
