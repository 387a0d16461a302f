//! Leaves on their way into the log, and who wrote them.

use diesel::prelude::*;
use diesel::sql_types::{Binary, Nullable, Timestamptz, Uuid as SqlUuid};
use kernel::{Sealer, Secret, Time};
use uuid::Uuid;

use crate::schema::audit_waiting;

/// A leaf that waits to be taken up.
#[derive(Insertable, QueryableByName)]
#[diesel(table_name = audit_waiting)]
pub(crate) struct Waiting {
    #[diesel(sql_type = Timestamptz)]
    pub(crate) at: Time,
    #[diesel(sql_type = SqlUuid)]
    pub(crate) entry_id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub(crate) organization_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Binary>)]
    pub(crate) hash: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Binary>)]
    pub(crate) seal: Option<Vec<u8>>,
}

impl Waiting {
    /// With the seal of who writes it, which fits no other leaf.
    pub(crate) fn sealed(self, sealer: &dyn Sealer) -> Self {
        Self { seal: Some(sealer.seal(&self.place(), &Secret::new(""))), ..self }
    }

    /// Whether this installation wrote it.
    pub(crate) fn is_sealed(&self, sealer: &dyn Sealer) -> bool {
        self.seal.as_deref().is_some_and(|it| sealer.open(&self.place(), it).is_ok())
    }

    fn place(&self) -> String {
        let Self { at, entry_id, organization_id, hash, .. } = self;
        format!("audit leaf {entry_id} {} {organization_id:?} {hash:?}", at.timestamp_micros())
    }
}
