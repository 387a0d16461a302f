use accounts::views::{ActionCount, ActorCount, Counts, DECISIVE, History};
use async_trait::async_trait;
use audit::Entry;
use audit::ports::Log;
use audit::verify::Dropped;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use kernel::{Fault, Id, OrganizationId, Scope, Time};
use uuid::Uuid;

use super::trail::entries_of;
use crate::fault::fault;
use crate::pool::Database;
use crate::schema::{audit_entries, organizations};

/// Entries read at a time.
const BITE: usize = 1_000;

/// In three ways at once: a row has only what it was counted by.
const COUNTS: &str = "
    SELECT action, refused, actor_kind, actor_id, day,
        count(*) AS entries
    FROM (
        SELECT action, refused, actor_kind, actor_id, date_trunc('day', at, 'UTC') AS day
        FROM audit_entries WHERE organization_id = $1 AND at >= $2 AND at < $3
    ) AS entries
    GROUP BY GROUPING SETS ((action, refused), (actor_kind, actor_id), (day))
    ORDER BY action, refused NULLS FIRST, day, entries DESC, actor_kind, actor_id";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Nullable<Text>)]
    action: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    refused: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    actor_kind: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    actor_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    day: Option<Time>,
    #[diesel(sql_type = BigInt)]
    entries: i64,
}

#[async_trait]
impl History for Database {
    async fn decisive(&self, organization: OrganizationId, until: Time) -> Result<Option<Vec<Entry>>, Fault> {
        let dropped = self.dropped().await?.and_then(|it| Dropped::told_by(&it.entry));
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let founded: Option<Time> = organizations::table
            .find(organization.uuid())
            .select(organizations::created_at)
            .first(&mut connection)
            .await
            .optional()
            .map_err(fault)?;
        if dropped.is_some_and(|it| founded.is_none_or(|founded| founded < it.before)) {
            return Ok(None);
        }
        let named: Vec<(Uuid, Time)> = audit_entries::table
            .filter(audit_entries::organization_id.eq(organization.uuid()))
            .filter(audit_entries::action.eq_any(DECISIVE))
            .filter(audit_entries::at.le(until))
            .order((audit_entries::at, audit_entries::id))
            .select((audit_entries::id, audit_entries::at))
            .load(&mut connection)
            .await
            .map_err(fault)?;
        let mut entries = Vec::with_capacity(named.len());
        for some in named.chunks(BITE) {
            let read = entries_of(&mut connection, some).await?;
            entries.extend(read.into_iter().rev());
        }
        Ok(Some(entries))
    }

    async fn counts(&self, organization: OrganizationId, from: Time, to: Time) -> Result<Counts, Fault> {
        let mut connection = self.connection(Scope::Organization(organization)).await?;
        let rows: Vec<Count> = diesel::sql_query(COUNTS)
            .bind::<SqlUuid, _>(organization.uuid())
            .bind::<Timestamptz, _>(from)
            .bind::<Timestamptz, _>(to)
            .load(&mut connection)
            .await
            .map_err(fault)?;
        let mut counts = Counts::default();
        for Count { action, refused, actor_kind, actor_id, day, entries, .. } in rows {
            let entries = entries.unsigned_abs();
            match (action, actor_kind, day) {
                (Some(action), ..) => counts.actions.push(ActionCount { action, refused, entries }),
                (_, Some(kind), _) => {
                    counts.actors.push(ActorCount { kind, id: actor_id.map(|it| it.to_string()), entries });
                }
                (.., Some(day)) => counts.days.push((day, entries)),
                _ => {}
            }
        }
        Ok(counts)
    }
}
