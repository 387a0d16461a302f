use async_trait::async_trait;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer, Timestamptz};
use diesel_async::RunQueryDsl;
use kernel::{Fault, Id, MailId, MailQueue, QueuedMail, Scope, Time};
use uuid::Uuid;

use super::sealed_mail::{Opened, open};
use crate::fault::fault;
use crate::schema::mails;
use crate::store::PgStore;

const LEASE: TimeDelta = TimeDelta::minutes(1);

/// `MATERIALIZED`, so that it is run once and locks no more than it claims.
const CLAIM: &str = "
    WITH due AS MATERIALIZED (
        SELECT id FROM mails WHERE sent_at IS NULL AND due_at <= $1
        ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    UPDATE mails SET due_at = $3, attempts = attempts + 1 FROM due WHERE mails.id = due.id
    RETURNING mails.id, mails.sealed, mails.attempts - 1 AS attempts";

#[derive(QueryableByName)]
struct Claimed {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = Binary)]
    sealed: Vec<u8>,
    #[diesel(sql_type = Integer)]
    attempts: i32,
}

#[async_trait]
impl MailQueue for PgStore {
    async fn claim(&self, at: Time, most: u8) -> Result<Vec<QueuedMail>, Fault> {
        let mut connection = self.database.connection(Scope::Installation).await?;
        let claimed: Vec<Claimed> = diesel::sql_query(CLAIM)
            .bind::<Timestamptz, _>(at)
            .bind::<BigInt, _>(i64::from(most))
            .bind::<Timestamptz, _>(at + LEASE)
            .load(&mut connection)
            .await
            .map_err(fault)?;
        Ok(claimed.into_iter().filter_map(|it| self.queued(&it)).collect())
    }

    async fn sent(&self, id: MailId, at: Time) -> Result<(), Fault> {
        let mut connection = self.database.connection(Scope::Installation).await?;
        diesel::update(mails::table.find(id.uuid()).filter(mails::sent_at.is_null()))
            .set((mails::sent_at.eq(at), mails::sealed.eq(None::<Vec<u8>>)))
            .execute(&mut connection)
            .await
            .map_err(fault)?;
        Ok(())
    }

    async fn put_off(&self, id: MailId, until: Time) -> Result<(), Fault> {
        let mut connection = self.database.connection(Scope::Installation).await?;
        diesel::update(mails::table.find(id.uuid()).filter(mails::sent_at.is_null()))
            .set(mails::due_at.eq(until))
            .execute(&mut connection)
            .await
            .map_err(fault)?;
        Ok(())
    }
}

impl PgStore {
    /// One that does not open (its key is gone) is left for the operator to see, and holds no other up.
    fn queued(&self, claimed: &Claimed) -> Option<QueuedMail> {
        let id = MailId::from(claimed.id);
        match open(id, &claimed.sealed, self.sealer.as_ref()) {
            Ok(Opened { to, template, values }) => Some(QueuedMail {
                id,
                to,
                template,
                values: values.into_iter().map(|(key, value)| (key, value.0)).collect(),
                attempts: claimed.attempts.unsigned_abs(),
            }),
            Err(error) => {
                tracing::error!(%error, mail = %id, "a waiting mail does not open");
                None
            }
        }
    }
}
