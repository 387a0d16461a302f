use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Bool, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use kernel::{Fault, Resealed, Resealing, Scope, Time};
use uuid::Uuid;

use crate::fault::fault;
use crate::queues::sealed_mail::place_of as place_of_mail;
use crate::rows::{place_of_endpoint, place_of_headers, place_of_retired, place_of_signing_key, place_of_totp};
use crate::store::PgStore;

/// A column of what is sealed, and where each row's opens.
struct Column {
    table: &'static str,
    id: &'static str,
    sealed: &'static str,
    /// Which rows somebody still opens, at the moment `$2`.
    wanted: &'static str,
    place_of: fn(Uuid) -> String,
}

const RETIRING: &str = "retires_at IS NULL OR retires_at > $2";

/// All there are. What is sealed under what only a caller has is none of ours.
const COLUMNS: [Column; 6] = [
    Column { table: "signing_keys", id: "id", sealed: "sealed", wanted: RETIRING, place_of: place_of_signing_key },
    Column { table: "totps", id: "user_id", sealed: "sealed", wanted: "true", place_of: place_of_totp },
    Column { table: "webhook_endpoints", id: "id", sealed: "secret", wanted: "true", place_of: place_of_endpoint },
    Column {
        table: "webhook_endpoints",
        id: "id",
        sealed: "sealed_headers",
        wanted: "true",
        place_of: place_of_headers,
    },
    Column {
        table: "webhook_endpoints",
        id: "id",
        sealed: "retired_secrets",
        wanted: "true",
        place_of: place_of_retired,
    },
    Column { table: "mails", id: "id", sealed: "sealed", wanted: "true", place_of: place_of_mail },
];

impl Column {
    /// The rows after one, in small bites.
    fn read(&self) -> String {
        let Self { table, id, sealed, wanted, .. } = self;
        format!(
            "SELECT {id} AS id, {sealed} AS sealed, ({wanted}) AS wanted FROM {table} \
             WHERE {id} > $1 AND {sealed} IS NOT NULL ORDER BY {id} LIMIT 100"
        )
    }

    /// One row.
    fn look(&self) -> String {
        let Self { table, id, sealed, wanted, .. } = self;
        format!(
            "SELECT {id} AS id, {sealed} AS sealed, ({wanted}) AS wanted FROM {table} \
             WHERE {id} = $1 AND {sealed} IS NOT NULL"
        )
    }

    /// Where it is still as it was read. No version moves: it says the same.
    fn write(&self) -> String {
        let Self { table, id, sealed, .. } = self;
        format!("UPDATE {table} SET {sealed} = $3 WHERE {id} = $1 AND {sealed} = $2")
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Binary)]
    sealed: Vec<u8>,
    #[diesel(sql_type = Bool)]
    wanted: bool,
}

#[async_trait]
impl Resealing for PgStore {
    async fn reseal(&self) -> Result<Resealed, Fault> {
        let mut told = Resealed::default();
        let at = self.clock.now();
        for column in &COLUMNS {
            let mut last = Uuid::nil();
            loop {
                let mut connection = self.database.connection(Scope::Installation).await?;
                let read = diesel::sql_query(column.read()).bind::<SqlUuid, _>(last).bind::<Timestamptz, _>(at);
                let rows: Vec<Row> = read.load(&mut connection).await.map_err(fault)?;
                drop(connection);
                let Some(end) = rows.last() else { break };
                last = end.id;
                for row in rows {
                    self.reseal_row(column, row, at, &mut told).await?;
                }
            }
        }
        Ok(told)
    }
}

impl PgStore {
    /// Looks again where somebody else was faster.
    async fn reseal_row(&self, column: &Column, row: Row, at: Time, told: &mut Resealed) -> Result<(), Fault> {
        let place = (column.place_of)(row.id);
        let mut found = Some(row);
        while let Some(Row { id, sealed, wanted }) = found.filter(|it| !self.sealer.is_current(&it.sealed)) {
            let Ok(text) = self.sealer.open(&place, &sealed) else {
                if wanted {
                    tracing::warn!(table = column.table, %id, "something sealed does not open");
                    told.unopened += 1;
                }
                return Ok(());
            };
            let mut connection = self.database.connection(Scope::Installation).await?;
            let written = diesel::sql_query(column.write())
                .bind::<SqlUuid, _>(id)
                .bind::<Binary, _>(sealed)
                .bind::<Binary, _>(self.sealer.seal(&place, &text))
                .execute(&mut connection)
                .await
                .map_err(fault)?;
            if written == 1 {
                told.resealed += 1;
                return Ok(());
            }
            let look = diesel::sql_query(column.look()).bind::<SqlUuid, _>(id).bind::<Timestamptz, _>(at);
            found = look.get_result(&mut connection).await.optional().map_err(fault)?;
        }
        Ok(())
    }
}
