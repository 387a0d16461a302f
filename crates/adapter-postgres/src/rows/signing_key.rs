use diesel::pg::Pg;
use diesel::prelude::*;
use identity::{Algorithm, SigningKey};
use kernel::{Fault, Id, Sealer, Time};
use uuid::Uuid;

use crate::fault::corrupt;
use crate::schema::signing_keys;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys, check_for_backend(Pg))]
pub(crate) struct SigningKeyRow {
    id: Uuid,
    algorithm: String,
    sealed: Vec<u8>,
    created_at: Time,
    signs_from: Time,
    retires_at: Option<Time>,
    version: i64,
}

impl SigningKeyRow {
    /// `None` where there is nothing to seal.
    pub(crate) fn of(key: &SigningKey, sealer: &dyn Sealer) -> Option<Self> {
        Some(Self {
            id: key.id.uuid(),
            algorithm: key.algorithm.as_str().to_owned(),
            sealed: sealer.seal(&place_of(key.id.uuid()), key.secret.as_ref()?),
            created_at: key.created_at,
            signs_from: key.signs_from,
            retires_at: key.retires_at,
            version: key.version,
        })
    }

    pub(crate) fn open(self, sealer: &dyn Sealer) -> Result<SigningKey, Fault> {
        Ok(SigningKey {
            secret: sealer.open(&place_of(self.id), &self.sealed).ok(),
            id: self.id.into(),
            algorithm: Algorithm::parse(&self.algorithm).ok_or_else(|| corrupt("algorithm"))?,
            created_at: self.created_at,
            signs_from: self.signs_from,
            retires_at: self.retires_at,
            version: self.version,
        })
    }
}

/// Where a key's secret opens.
pub(crate) fn place_of(key: Uuid) -> String {
    format!("signing_key/{key}")
}
