use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Id, Sealer, Signal};
use webhooks::{Change, Endpoint};

use super::{Apply, one, write_row};
use crate::refusal::Refusal;
use crate::rows::EndpointRow;
use crate::schema::webhook_endpoints;

impl Apply for Change {
    async fn apply(
        &self,
        connection: &mut AsyncPgConnection,
        sealer: &dyn Sealer,
        _: &mut Vec<Signal>,
    ) -> Result<(), Refusal> {
        let Self::Endpoint(write) = self;
        let this = |it: &Endpoint| webhook_endpoints::id.eq(it.id.uuid());
        write_row!(connection, write, webhook_endpoints, |it| EndpointRow::of(it, sealer), this)
    }
}
