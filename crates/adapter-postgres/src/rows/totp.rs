use diesel::pg::Pg;
use diesel::prelude::*;
use identity::Totp;
use kernel::{Fault, Id, Sealer, Time, TokenHash};
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::totps;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = totps, primary_key(user_id), treat_none_as_null = true, check_for_backend(Pg))]
pub(crate) struct TotpRow {
    user_id: Uuid,
    sealed: Vec<u8>,
    recovery_codes: Vec<Vec<u8>>,
    confirmed_at: Option<Time>,
    last_step: i64,
    created_at: Time,
    pub(crate) version: i64,
}

impl TotpRow {
    pub(crate) fn of(totp: &Totp, sealer: &dyn Sealer) -> Self {
        Self {
            user_id: totp.user.uuid(),
            sealed: sealer.seal(&place_of(totp.user.uuid()), &totp.secret),
            recovery_codes: totp.recovery_codes.iter().map(|it| it.as_bytes().to_vec()).collect(),
            confirmed_at: totp.confirmed_at,
            last_step: totp.last_step,
            created_at: totp.created_at,
            version: totp.version,
        }
    }

    pub(crate) fn open(self, sealer: &dyn Sealer) -> Result<Totp, Fault> {
        let hash = |it: Vec<u8>| it.try_into().map(TokenHash::from_bytes).map_err(|_| corrupt("recovery code"));
        Ok(Totp {
            secret: sealer.open(&place_of(self.user_id), &self.sealed)?,
            user: self.user_id.into(),
            recovery_codes: self.recovery_codes.into_iter().map(hash).collect::<Result<_, Fault>>()?,
            confirmed_at: self.confirmed_at,
            last_step: self.last_step,
            created_at: self.created_at,
            version: self.version,
        })
    }
}

/// Where a user's secret opens.
pub(crate) fn place_of(user: Uuid) -> String {
    format!("totp/{user}")
}
