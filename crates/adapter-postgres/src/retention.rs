use async_trait::async_trait;
use chrono::TimeDelta;
use diesel::sql_types::Timestamptz;
use diesel_async::RunQueryDsl;
use kernel::{Fault, Retention, Scope, Time};

use crate::fault::fault;
use crate::store::PgStore;

/// How long what is done with is kept for who looks back.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Rows that a statement removes at most; it takes none that another node is removing.
const BITE: usize = 1_000;

const REMEMBERED: &str = "
    DELETE FROM remembered WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM remembered WHERE expires_at <= $1 LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))";

/// What was done with, each kind after what refers to it.
const DONE_WITH: [&str; 5] = [
    "DELETE FROM mails WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM mails WHERE sent_at <= $1 LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))",
    "DELETE FROM webhook_deliveries WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM webhook_deliveries WHERE settled_at <= $1 LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))",
    "DELETE FROM events WHERE ctid = ANY (ARRAY(
        SELECT e.ctid FROM events e
        WHERE e.relayed_at <= $1 AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = e.id)
        LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))",
    "DELETE FROM mailed_tokens WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM mailed_tokens WHERE expires_at <= $1 LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))",
    "DELETE FROM refresh_tokens WHERE ctid = ANY (ARRAY(
        SELECT t.ctid FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id
        WHERE t.expires_at <= $1 AND (t.rotated_at IS NULL OR s.expires_at <= $1 OR s.ended_at <= $1)
        LIMIT 1000 FOR UPDATE OF t SKIP LOCKED
    ))",
];

#[async_trait]
impl Retention for PgStore {
    async fn forget(&self, at: Time) -> Result<(), Fault> {
        self.remove(REMEMBERED, at).await?;
        for done_with in DONE_WITH {
            self.remove(done_with, at - KEPT).await?;
        }
        Ok(())
    }
}

impl PgStore {
    /// Bite by bite, each a transaction of its own, so that nobody waits long for anything.
    async fn remove(&self, statement: &'static str, before: Time) -> Result<(), Fault> {
        loop {
            let mut connection = self.database.connection(Scope::Installation).await?;
            let bite = diesel::sql_query(statement).bind::<Timestamptz, _>(before).execute(&mut connection).await;
            if bite.map_err(fault)? < BITE {
                return Ok(());
            }
        }
    }
}
