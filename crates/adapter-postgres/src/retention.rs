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

/// What is worth nothing any more goes at once.
const WORTHLESS: [&str; 3] = [
    "DELETE FROM remembered WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM remembered WHERE expires_at <= $1 LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))",
    "DELETE FROM mailed_tokens WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM mailed_tokens WHERE expires_at <= $1 OR used_at <= $1 LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))",
    "DELETE FROM mail_allowances WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM mail_allowances WHERE began_at <= $1 - interval '1 hour' LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))",
];

/// What was done with, each kind after what refers to it. Of events and deliveries, which are many, the oldest go first: so
/// they are found by index, however few they are. A used refresh token stays while its session lives: should it come again,
/// it was stolen.
const DONE_WITH: [&str; 11] = [
    "DELETE FROM mails WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM mails WHERE sent_at <= $1 LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))",
    "DELETE FROM webhook_deliveries WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM webhook_deliveries WHERE settled_at <= $1 ORDER BY settled_at LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))",
    "DELETE FROM webhook_deliveries WHERE ctid = ANY (ARRAY(
        SELECT d.ctid FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
        JOIN organizations o ON o.id = d.organization_id
        WHERE d.settled_at IS NULL AND (o.deleted_at <= $1 OR (e.status = 'disabled' AND d.due_at <= $1))
        LIMIT 1000 FOR UPDATE OF d SKIP LOCKED
    ))",
    "DELETE FROM events WHERE ctid = ANY (ARRAY(
        SELECT e.ctid FROM events e
        WHERE e.relayed_at <= $1 AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = e.id)
        ORDER BY e.relayed_at LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))",
    "DELETE FROM refresh_tokens WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM refresh_tokens WHERE expires_at <= $1 AND rotated_at IS NULL
        LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))",
    "DELETE FROM refresh_tokens WHERE ctid = ANY (ARRAY(
        SELECT t.ctid FROM sessions s JOIN refresh_tokens t ON t.session_id = s.id
        WHERE s.expires_at <= $1 OR s.ended_at <= $1
        LIMIT 1000 FOR UPDATE OF t SKIP LOCKED
    ))",
    "DELETE FROM sessions WHERE ctid = ANY (ARRAY(
        SELECT s.ctid FROM sessions s
        WHERE (s.expires_at <= $1 OR s.ended_at <= $1)
            AND NOT EXISTS (SELECT FROM refresh_tokens t WHERE t.session_id = s.id)
        LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))",
    "DELETE FROM login_failures WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM login_failures WHERE last_at <= $1 AND locked_at IS NULL LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))",
    "DELETE FROM signing_keys WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM signing_keys WHERE retires_at <= $1 LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))",
    "DELETE FROM reservations WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM reservations WHERE expires_at <= $1 LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))",
    "DELETE FROM keys WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM keys WHERE expires_at <= $1 LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))",
];

#[async_trait]
impl Retention for PgStore {
    async fn forget(&self, at: Time) -> Result<(), Fault> {
        for worthless in WORTHLESS {
            self.remove(worthless, at).await?;
        }
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
